"""An oslo.messaging RPC server of topic argv[4] on host argv[5]; prints each cast that it gets, ends with stdin."""

import sys
import time

import oslo_messaging
from oslo import URL, configure, say


class Endpoint:
    target = oslo_messaging.Target(version="1.5")

    def add(self, ctxt, a, b):
        return {"sum": a + b}

    def who_are_you(self, ctxt):
        return sys.argv[5]

    def fail(self, ctxt, how):
        raise ValueError("bad thing é")

    def slow(self, ctxt, seconds):
        time.sleep(seconds)
        return "done"

    def note(self, ctxt, text):
        say(note=text, context={k: ctxt.get(k) for k in ("request_id", "user_id", "is_admin")})


conf = configure()
transport = oslo_messaging.get_rpc_transport(conf, url=URL)
target = oslo_messaging.Target(topic=sys.argv[4], server=sys.argv[5])
server = oslo_messaging.get_rpc_server(transport, target, [Endpoint()], executor="threading")
server.start()
say(ready=True)
sys.stdin.read()
server.stop()
server.wait()
transport.cleanup()
