"""What kubectl refuses, and names that do not exist, in lines that ask little else; against real kubectl."""

from tests.kubectl.filed_duel import FiledDuel

LINES = """
run web --image=nginx
debug web --image=busybox --attach=false
debug web --image=busybox --attach=false -c dbg
debug web --image=busybox --attach=false -c dbg
debug web --image=busybox --profile=foo
debug node/nope --image=busybox
debug nope --image=busybox
get pods --request-timeout=1x
get pods --request-timeout=-1
get pods --request-timeout=5s -o name
cp default/nope:/x y
cp x y
attach nope
port-forward svc/nope 80
port-forward deploy/nope 80
drain nope
drain worker-1
drain worker-1 --selector=a=b
drain --selector=nope=x
explain deployments --api-version=apps/v9
explain pod --output=foo
events --for=pod
events --for nope/x
run p --image=nginx --overrides='{'
wait --for=create deploy/nope --timeout=0
wait --for=delete deploy/nope
wait --for=jsonpath={.spec pod/web
patch pod web -p '[{"op":"test","path":"/spec/nodeName","value":"x"}]' --type json
delete pods
delete foo x
delete pod,svc --all -n nope
delete svc nope --ignore-not-found
delete pod web --cascade=foo
certificate approve nope
get pods --context nope
get pods --cluster nope
get pods --as-group g
get po -l 'a in ('
get po --field-selector=spec.foo=1
"""


def test_what_cannot_be_done_is_said_in_real_kubectls_words():
    duel = FiledDuel({})
    try:
        duel.all_same(LINES)
    finally:
        duel.close()
