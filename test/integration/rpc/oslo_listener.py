"""An oslo.messaging notification listener of topics argv[4] (comma-separated); prints what it hears, ends with stdin."""

import sys

import oslo_messaging
from oslo import URL, configure, say


class Endpoint:
    def _heard(self, ctxt, publisher_id, event_type, payload, metadata, priority):
        say(
            priority=priority,
            publisher_id=publisher_id,
            event_type=event_type,
            payload=payload,
            timestamp=metadata["timestamp"],
            request_id=ctxt.get("request_id"),
        )

    def info(self, *what):
        self._heard(*what, "info")

    def error(self, *what):
        self._heard(*what, "error")


conf = configure()
transport = oslo_messaging.get_notification_transport(conf, url=URL)
targets = [oslo_messaging.Target(topic=topic) for topic in sys.argv[4].split(",")]
listener = oslo_messaging.get_notification_listener(transport, targets, [Endpoint()], executor="threading")
listener.start()
say(ready=True)
sys.stdin.read()
listener.stop()
listener.wait()
transport.cleanup()
