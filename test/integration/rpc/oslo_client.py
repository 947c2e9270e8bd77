"""An oslo.messaging RPC client: one JSON command per line of stdin, one JSON answer per line of stdout."""

import oslo_messaging
from oslo import URL, commands, configure, say

conf = configure()
transport = oslo_messaging.get_rpc_transport(conf, url=URL)


def client(command):
    keys = ("topic", "server", "fanout", "version", "namespace")
    target = oslo_messaging.Target(**{k: command[k] for k in keys if k in command})
    options = {k: command[k] for k in ("timeout", "call_monitor_timeout") if k in command}
    return oslo_messaging.get_rpc_client(transport, target, **options)


def run(command):
    context = {"request_id": "req-python", "user_id": "u1", "auth_token": "canary-token"}
    send = getattr(client(command), command["do"])
    return send(context, command["method"], **command.get("args", {}))


say(ready=True)
for command in commands():
    try:
        say(result=run(command))
    except oslo_messaging.RemoteError as error:
        say(raised="RemoteError", type=error.exc_type, value=error.value)
    except Exception as error:
        say(raised=type(error).__name__, value=str(error))
transport.cleanup()
