"""The built-in kinds: their names as discovery gives them. Rules of their own stand in the kinds' files.

Source: kubectl api-resources of a cluster of each version; storage prefixes:
pkg/kubeapiserver/default_storage_factory_builder.go.
A line: group, version, kind, plural, scope, short names, categories, subresources; then, where they differ,
singular=, storage=, verbs=, since= and until= (minor versions). A line that begins with spaces goes on with the last.
"""

BUILT_IN = """
- v1 Binding bindings ns - - - verbs=create
- v1 ComponentStatus componentstatuses cluster cs - - verbs=get,list
- v1 ConfigMap configmaps ns cm - -
- v1 Endpoints endpoints ns ep - - storage=services/endpoints
- v1 Event events ns ev - -
- v1 LimitRange limitranges ns limits - -
- v1 Namespace namespaces cluster ns - finalize,status verbs=create,delete,get,list,patch,update,watch
- v1 Node nodes cluster no - proxy,status storage=minions
- v1 PersistentVolumeClaim persistentvolumeclaims ns pvc - status
- v1 PersistentVolume persistentvolumes cluster pv - status
- v1 Pod pods ns po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status
- v1 PodTemplate podtemplates ns - - -
- v1 ReplicationController replicationcontrollers ns rc all scale,status storage=controllers
- v1 ResourceQuota resourcequotas ns quota - status
- v1 Secret secrets ns - - -
- v1 ServiceAccount serviceaccounts ns sa - token
- v1 Service services ns svc all proxy,status storage=services/specs
admissionregistration.k8s.io v1 MutatingAdmissionPolicy mutatingadmissionpolicies cluster - api-extensions - since=1.36
admissionregistration.k8s.io v1 MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings
  cluster - api-extensions - since=1.36
admissionregistration.k8s.io v1 MutatingWebhookConfiguration mutatingwebhookconfigurations cluster - api-extensions -
admissionregistration.k8s.io v1 ValidatingAdmissionPolicy validatingadmissionpolicies cluster - api-extensions status
admissionregistration.k8s.io v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings
  cluster - api-extensions -
admissionregistration.k8s.io v1 ValidatingWebhookConfiguration validatingwebhookconfigurations
  cluster - api-extensions -
apiextensions.k8s.io v1 CustomResourceDefinition customresourcedefinitions
  cluster crd,crds api-extensions status storage=apiextensions.k8s.io/customresourcedefinitions
apiregistration.k8s.io v1 APIService apiservices
  cluster - api-extensions status storage=apiregistration.k8s.io/apiservices
apps v1 ControllerRevision controllerrevisions ns - - -
apps v1 DaemonSet daemonsets ns ds all status
apps v1 Deployment deployments ns deploy all scale,status
apps v1 ReplicaSet replicasets ns rs all scale,status
apps v1 StatefulSet statefulsets ns sts all scale,status
authentication.k8s.io v1 SelfSubjectReview selfsubjectreviews cluster - - - verbs=create
authentication.k8s.io v1 TokenReview tokenreviews cluster - - - verbs=create
authorization.k8s.io v1 LocalSubjectAccessReview localsubjectaccessreviews ns - - - verbs=create
authorization.k8s.io v1 SelfSubjectAccessReview selfsubjectaccessreviews cluster - - - verbs=create
authorization.k8s.io v1 SelfSubjectRulesReview selfsubjectrulesreviews cluster - - - verbs=create
authorization.k8s.io v1 SubjectAccessReview subjectaccessreviews cluster - - - verbs=create
autoscaling v2 HorizontalPodAutoscaler horizontalpodautoscalers ns hpa all status
autoscaling v1 HorizontalPodAutoscaler horizontalpodautoscalers ns hpa all status
batch v1 CronJob cronjobs ns cj all status
batch v1 Job jobs ns - all status
certificates.k8s.io v1 CertificateSigningRequest certificatesigningrequests cluster csr - approval,status
certificates.k8s.io v1 ClusterTrustBundle clustertrustbundles cluster - - - since=1.37
certificates.k8s.io v1 PodCertificateRequest podcertificaterequests ns - - status since=1.37
coordination.k8s.io v1 Lease leases ns - - -
discovery.k8s.io v1 EndpointSlice endpointslices ns - - -
events.k8s.io v1 Event events ns ev - -
flowcontrol.apiserver.k8s.io v1 FlowSchema flowschemas cluster - - status
flowcontrol.apiserver.k8s.io v1 PriorityLevelConfiguration prioritylevelconfigurations cluster - - status
flowcontrol.apiserver.k8s.io v1beta3 FlowSchema flowschemas cluster - - status until=1.31
flowcontrol.apiserver.k8s.io v1beta3 PriorityLevelConfiguration prioritylevelconfigurations
  cluster - - status until=1.31
networking.k8s.io v1 IngressClass ingressclasses cluster - - -
networking.k8s.io v1 Ingress ingresses ns ing - status storage=ingress
networking.k8s.io v1 IPAddress ipaddresses cluster ip - - since=1.33
networking.k8s.io v1 NetworkPolicy networkpolicies ns netpol - -
networking.k8s.io v1 ServiceCIDR servicecidrs cluster - - status since=1.33
node.k8s.io v1 RuntimeClass runtimeclasses cluster - - -
policy v1 PodDisruptionBudget poddisruptionbudgets ns pdb - status
rbac.authorization.k8s.io v1 ClusterRoleBinding clusterrolebindings cluster - - -
rbac.authorization.k8s.io v1 ClusterRole clusterroles cluster - - -
rbac.authorization.k8s.io v1 RoleBinding rolebindings ns - - -
rbac.authorization.k8s.io v1 Role roles ns - - -
resource.k8s.io v1 DeviceClass deviceclasses cluster - - - since=1.34
resource.k8s.io v1 DeviceTaintRule devicetaintrules cluster - - status since=1.37
resource.k8s.io v1 ResourceClaim resourceclaims ns - - status since=1.34
resource.k8s.io v1 ResourceClaimTemplate resourceclaimtemplates ns - - - since=1.34
resource.k8s.io v1 ResourceSlice resourceslices cluster - - - since=1.34
scheduling.k8s.io v1 PriorityClass priorityclasses cluster pc - -
storage.k8s.io v1 CSIDriver csidrivers cluster - - -
storage.k8s.io v1 CSINode csinodes cluster - - -
storage.k8s.io v1 CSIStorageCapacity csistoragecapacities ns - - -
storage.k8s.io v1 StorageClass storageclasses cluster sc - -
storage.k8s.io v1 VolumeAttachment volumeattachments cluster - - status
storage.k8s.io v1 VolumeAttributesClass volumeattributesclasses cluster vac - - since=1.34
storagemigration.k8s.io v1 StorageVersionMigration storageversionmigrations cluster - - status since=1.37
"""
