/**
 * What the page knows of the cluster: the map's items by id, kept in line with the server's map messages.
 *
 * Keeps an index of Pods by node, so that one changed Pod costs the work of one node, not of the whole cluster.
 */

/** @typedef {{name: string, image: string, state: string, ready: boolean, restarts: number}} Container */
/** @typedef {{id: string, name: string, ready: boolean, roles: string[], version: string, unschedulable: boolean, ip: string}} NodeItem */
/** @typedef {{id: string, ns: string, name: string, node: string, status: string, ready: string, restarts: number, ip: string, labels: Record<string, string>, containers: Container[], owner: string, deleting: boolean}} PodItem */
/** @typedef {{id: string, ns: string, name: string, type: string, ip: string, ports: string[], selector: Record<string, string>, endpoints: string[], addresses: number}} ServiceItem */
/** @typedef {{id: string, ns: string, name: string, kind: string, ready: number, desired: number, owner: string}} WorkloadItem */
/** @typedef {{full: boolean, nodes: Set<string>, services: boolean, workloads: boolean, pods: boolean}} Delta what must be drawn again; "" among the nodes is the place of unscheduled Pods */

const SYSTEM_NAMESPACES = new Set(["kube-system", "kube-public", "kube-node-lease", "kube-flannel", "local-path-storage"]);

/** @param {string} namespace @returns {boolean} whether it belongs to the cluster itself and not to its user */
export function isSystem(namespace) {
  return SYSTEM_NAMESPACES.has(namespace);
}

export class ClusterModel {
  /** @type {Map<string, NodeItem>} */
  nodes = new Map();
  /** @type {Map<string, PodItem>} */
  pods = new Map();
  /** @type {Map<string, ServiceItem>} */
  services = new Map();
  /** @type {Map<string, WorkloadItem>} */
  workloads = new Map();
  /** @type {Map<string, Map<string, PodItem>>} Pods by node name; those without a node under "" */
  podsByNode = new Map();

  /**
   * @param {{full?: boolean, put?: Record<string, object[]>, gone?: string[]}} message
   * @returns {Delta}
   */
  apply(message) {
    if (message.full) this.#clear();
    /** @type {Delta} */
    const delta = { full: Boolean(message.full), nodes: new Set(), services: false, workloads: false, pods: false };
    const { nodes = [], pods = [], services = [], workloads = [] } = message.put ?? {};
    for (const node of nodes) this.#putNode(node, delta);
    for (const pod of pods) this.#putPod(pod, delta);
    for (const service of services) this.#put(this.services, service, delta, "services");
    for (const workload of workloads) this.#put(this.workloads, workload, delta, "workloads");
    for (const id of message.gone ?? []) this.#remove(id, delta);
    return delta;
  }

  /** @returns {string[]} namespaces that hold something of the picture, sorted */
  namespaces() {
    const all = [this.pods, this.services, this.workloads].flatMap((items) => [...items.values()].map((item) => item.ns));
    return [...new Set(all)].sort();
  }

  /** @param {string} id such as pods/default/web @returns {object | undefined} */
  find(id) {
    return this.nodes.get(id) ?? this.pods.get(id) ?? this.services.get(id) ?? this.workloads.get(id);
  }

  /**
   * @param {string} ns
   * @param {string} owner "ReplicaSet/web-5d8f"
   * @returns {WorkloadItem | undefined}
   */
  ownerOf(ns, owner) {
    const [kind, name] = (owner ?? "").split("/");
    return name ? this.workloads.get(`${kind.toLowerCase()}s/${ns}/${name}`) : undefined;
  }

  /** @param {PodItem | WorkloadItem} item @returns {WorkloadItem | undefined} the topmost owner that the map has */
  rootOf(item) {
    let owner = this.ownerOf(item.ns, item.owner);
    for (let above = owner; above; above = this.ownerOf(above.ns, above.owner)) owner = above;
    return owner;
  }

  #clear() {
    for (const items of [this.nodes, this.pods, this.services, this.workloads, this.podsByNode]) items.clear();
  }

  #putNode(node, delta) {
    this.nodes.set(node.id, node);
    delta.nodes.add(node.name);
  }

  #putPod(pod, delta) {
    const before = this.pods.get(pod.id);
    if (before && before.node !== pod.node) this.#leave(before, delta);
    this.pods.set(pod.id, pod);
    const place = pod.node ?? "";
    if (!this.podsByNode.has(place)) this.podsByNode.set(place, new Map());
    this.podsByNode.get(place).set(pod.id, pod);
    delta.nodes.add(place);
    delta.pods = true;
  }

  #leave(pod, delta) {
    const place = pod.node ?? "";
    this.podsByNode.get(place)?.delete(pod.id);
    delta.nodes.add(place);
  }

  #put(items, item, delta, name) {
    items.set(item.id, item);
    delta[name] = true;
  }

  #remove(id, delta) {
    const pod = this.pods.get(id);
    if (pod) {
      this.#leave(pod, delta);
      this.pods.delete(id);
      delta.pods = true;
    }
    if (this.nodes.delete(id)) delta.full = true;
    if (this.services.delete(id)) delta.services = true;
    if (this.workloads.delete(id)) delta.workloads = true;
  }
}
