#!/usr/bin/python3
"""Writes the routes of Nova's API, and the actions on servers, to nova-routes.json beside this file.

Run by hand, with Debian's python3-nova:

    apt-get install --no-install-recommends python3-nova
    /usr/bin/python3 test/golden/nova-routes.py

A test asks an api for each of them: what Nova has is served, or refused with a sentence that says what it is. Left out
is what is no route under /v2.1.
"""

import json
import pathlib

from nova.api.openstack.compute import routes

OUTSIDE = ('', '/', '/versions/{id}')

listed = [
    {'path': path, 'methods': sorted(methods)}
    for path, methods in routes.ROUTE_LIST
    if path not in OUTSIDE and isinstance(methods, dict)
]
main, others = dict(routes.ROUTE_LIST)['/servers/{id}/action']['POST'][0].args
actions = sorted({name for controller in [main, *others] for name in controller.wsgi_actions})

file = pathlib.Path(__file__).with_suffix('.json')
file.write_text(json.dumps({'routes': listed, 'actions': actions}, indent=2) + '\n')
