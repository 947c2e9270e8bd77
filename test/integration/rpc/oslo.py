"""Set-up that the three oslo.messaging peers share. Arguments: url, control exchange, queues (transient|durable|quorum)."""

import json
import logging
import sys
import threading

import oslo_messaging
from oslo_config import cfg

logging.basicConfig(stream=sys.stderr, level=logging.WARNING)

URL, EXCHANGE, QUEUES = sys.argv[1:4]


def configure():
    oslo_messaging.set_transport_defaults(EXCHANGE)
    # A private ConfigOpts fails inside oslo.metrics, so the global one it is.
    cfg.CONF([])
    # Options of the driver exist once a transport was made.
    oslo_messaging.get_rpc_transport(cfg.CONF, url=URL).cleanup()
    group = "oslo_messaging_rabbit"
    cfg.CONF.set_override("amqp_durable_queues", QUEUES != "transient", group=group)
    cfg.CONF.set_override("rabbit_quorum_queue", QUEUES == "quorum", group=group)
    return cfg.CONF


_telling = threading.Lock()


def say(**what):
    # The threads of a listener would tear each other's lines.
    with _telling:
        print(json.dumps(what), flush=True)


def commands():
    for line in sys.stdin:
        yield json.loads(line)
