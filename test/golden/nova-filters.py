#!/usr/bin/python3
"""Asks Nova's own scheduler filters, and writes what they say to nova-filters.json beside this file.

Run by hand, with Debian's python3-nova:

    apt-get install --no-install-recommends python3-nova
    PYTHONHASHSEED=0 /usr/bin/python3 test/golden/nova-filters.py

The seed, because Nova walks sets: which value of several it meets first decides whether it fails before another one fits.
A unit test holds ours of the same names against it. Left out are filters that Nova has no more (Retry, Ram, Core, Disk,
Trusted, TypeAffinity), and PciPassthroughFilter: there it asks a tracker of devices, here a count in a capability.
"""

import importlib.metadata
import json
import pathlib
import random

import nova.conf
from nova import objects
from nova.scheduler import host_manager
from nova.scheduler.filters import affinity_filter
from nova.scheduler.filters import aggregate_instance_extra_specs
from nova.scheduler.filters import aggregate_multitenancy_isolation
from nova.scheduler.filters import availability_zone_filter
from nova.scheduler.filters import compute_capabilities_filter
from nova.scheduler.filters import compute_filter
from nova.scheduler.filters import image_props_filter
from nova.scheduler.filters import io_ops_filter
from nova.scheduler.filters import isolated_hosts_filter
from nova.scheduler.filters import json_filter
from nova.scheduler.filters import num_instances_filter
from nova.scheduler.filters import type_filter

CONF = nova.conf.CONF
objects.register_all()

CASES_PER_FILTER = 160
# The same cases on each run: what changes in the file is what Nova says.
chance = random.Random(2026)
one = chance.choice
UUIDS = [f"7c1b2c3d-0000-4000-8000-{number:012d}" for number in range(10)]


def some(values, most):
    return chance.sample(values, chance.randint(0, min(most, len(values))))


# What is asked, of which host. Each returns (host, request, settings).


def zones():
    aggregates = one([[], [{}], [{"availability_zone": "az1"}], [{"ssd": "true"}, {"availability_zone": "az2"}]])
    return {"aggregates": aggregates}, {"zone": one([None, "", "az1", "az2", "nova", "AZ1"])}, {}


OPERANDS = ["8", "10", "8.0", "ssd", "fast ssd", "x86_64", "a", "-1", "1e1"]


def requirement(operands=OPERANDS):
    operator = one(["", "=", "==", "!=", ">=", "<=", "s==", "s!=", "s<", "s<=", "s>", "s>=", "<in>", "<all-in>"])
    operand = one(operands)
    return one(
        [
            operand,
            f"{operator} {operand}".strip(),
            f"{operator} {operand}".strip(),
            f"{operator} {operand} {one(operands)}".strip(),
            f"  {operator}   {operand} and more",
            f"<or> {operand} <or> {one(operands)}",
            f"<or> {operand} or {one(operands)} or",
            operator,
            "<or>",
            "",
        ]
    )


def capabilities():
    stats = {
        key: value
        for key, value in {
            "disk_type": one(["ssd", "hdd", "fast ssd"]),
            "bandwidth": one(["3", "8", "10.0", "fast", ""]),
            "raid": {"level": one(["1", "5", "10"])},
        }.items()
        if chance.random() < 0.8
    }
    keys = ["capabilities:disk_type", "capabilities:bandwidth", "disk_type", "bandwidth", "capabilities:raid:level"]
    keys += ["capabilities:free_ram_mb", "free_ram_mb", "capabilities:colour", "colour", "quota:bandwidth", "capabilities:stats:disk_type"]
    specs = {key: requirement() for key in some(keys, 2)}
    return {"stats": stats, "free_ram_mb": one([8, 8192])}, {"extra_specs": specs}, {}


def aggregate_specs():
    values = ["ssd", "8", "10", "fast ssd", "a, ssd", "", "8,10"]
    aggregates = [{key: one(values) for key in some(["disk", "speed"], 2)} for _ in range(chance.randint(1, 2))]
    keys = ["aggregate_instance_extra_specs:disk", "disk", "speed", "capabilities:disk", "aggregate_instance_extra_specs:a:b"]
    specs = {key: requirement(["ssd", "8", "a", "8,10"]) for key in some(keys, 2)}
    return {"aggregates": aggregates}, {"extra_specs": specs}, {}


def tenants():
    values = ["p1", "p2", "p1,p2", " p1 , p3", "p3", ""]
    aggregates = [one([{}, {"filter_tenant_id": one(values)}, {"other": "x"}]) for _ in range(chance.randint(0, 2))]
    return {"aggregates": aggregates}, {"project_id": one(["p1", "p2", "P1"])}, {}


def types():
    values = ["small", "large", "small,large", " small , huge", "huge", ""]
    aggregates = [one([{}, {"instance_type": one(values)}]) for _ in range(chance.randint(0, 2))]
    return {"aggregates": aggregates}, {"flavor": one(["small", "large", "Small"])}, {}


def images():
    legacy = one([True, False])
    names = ("architecture", "hypervisor_type", "vm_mode") if legacy else ("hw_architecture", "img_hv_type", "hw_vm_mode")
    values = (
        ["x86_64", "amd64", "AMD64", "i686", "i386", "aarch64", "x86_32"],
        ["baremetal", "baremetal", "qemu", "kvm", "xen", "Baremetal"],
        ["baremetal", "hvm", "xen", "uml"],
    )
    properties = {name: one(known) for name, known in zip(names, values) if chance.random() < 0.5}
    return {"cpu_arch": one(["x86_64", "i686", "aarch64"])}, {"properties": properties}, {}


def io_ops():
    return {"building": chance.randint(0, 3)}, {}, {"max_io_ops_per_host": chance.randint(1, 3)}


def instances():
    return {"instances": some(UUIDS, 3)}, {}, {"max_instances_per_host": chance.randint(1, 3)}


def isolated():
    settings = {
        "isolated_images": one([[], [UUIDS[8]]]),
        "isolated_hosts": one([[], ["h1"], ["h2"], ["h1", "h2"]]),
        "restrict_isolated_hosts_to_isolated_images": one([True, False]),
    }
    return {}, {"image": one([None, UUIDS[8], UUIDS[9]])}, settings


def near(hint):
    def make():
        # A hint of one is a text in Nova's hands, one of several a list.
        servers = some(UUIDS[:4], 2)
        return {"instances": some(UUIDS[:4], 2)}, {"hints": {hint: servers} if servers else {}}, {}

    return make


def cidr():
    hints = {}
    if chance.random() < 0.9:
        hints["build_near_host_ip"] = [one(["10.0.0.1", "10.0.1.200", "192.168.7.7"])]
    if chance.random() < 0.6:
        hints["cidr"] = [one(["/24", "/23", "/32", "/0", "/8"])]
    return {"host_ip": one(["10.0.0.9", "10.0.1.9", "10.0.0.1", "172.16.0.1"])}, {"hints": hints}, {}


def leaf():
    return one([0, 4, 8192, 1.5, "x86_64", "baremetal", "", "$free_ram_mb", "$vcpus_total", "$hypervisor_type", "$nothing", "$stats.disk_type"])


def condition(depth):
    if depth > 0 and chance.random() < 0.5:
        operator = one(["and", "or", "not"])
        return [operator] + [condition(depth - 1) for _ in range(chance.randint(0, 3))]
    operator = one(["=", "<", ">", "<=", ">=", "in"])
    return one([[operator] + [leaf() for _ in range(chance.randint(0, 3))], [operator, one(["$free_ram_mb", "$vcpus_total"]), one([4, 8192])], []])


def queries():
    query = one([condition(2)] * 12 + [["==", 1, 1], ["$free_ram_mb", 1], "text", {"and": []}])
    hints = {"query": [json.dumps(query)]} if chance.random() < 0.95 else {}
    host = {"free_ram_mb": one([4096, 8192]), "vcpus_total": one([2, 4]), "stats": {"disk_type": "ssd"}}
    return host, {"hints": hints}, {}


def groups(policy):
    def make():
        others = [policy, policy, policy, "soft-affinity", "affinity", "anti-affinity"]
        group = one([None, {"policy": one(others), "members": some(UUIDS[:4], 3), "hosts": some(["h1", "h2"], 2)}])
        here = UUIDS[:4] if group is None or "h1" in group["hosts"] else UUIDS[4:8]
        return {"instances": some(here, 2)}, {"group": group}, {}

    return make


def services():
    # Whether the service of another host is up says nothing to Nova.
    service = {"up": one([True, False]), "disabled": one([True, False]), "other_is_up": one([True, False])}
    return {"service": service}, {}, {}


FILTERS = {
    "AvailabilityZoneFilter": (availability_zone_filter.AvailabilityZoneFilter, zones),
    "ComputeCapabilitiesFilter": (compute_capabilities_filter.ComputeCapabilitiesFilter, capabilities),
    "AggregateInstanceExtraSpecsFilter": (
        aggregate_instance_extra_specs.AggregateInstanceExtraSpecsFilter,
        aggregate_specs,
    ),
    "AggregateMultiTenancyIsolation": (aggregate_multitenancy_isolation.AggregateMultiTenancyIsolation, tenants),
    "AggregateTypeAffinityFilter": (type_filter.AggregateTypeAffinityFilter, types),
    "ImagePropertiesFilter": (image_props_filter.ImagePropertiesFilter, images),
    "IoOpsFilter": (io_ops_filter.IoOpsFilter, io_ops),
    "NumInstancesFilter": (num_instances_filter.NumInstancesFilter, instances),
    "IsolatedHostsFilter": (isolated_hosts_filter.IsolatedHostsFilter, isolated),
    "SameHostFilter": (affinity_filter.SameHostFilter, near("same_host")),
    "DifferentHostFilter": (affinity_filter.DifferentHostFilter, near("different_host")),
    "SimpleCIDRAffinityFilter": (affinity_filter.SimpleCIDRAffinityFilter, cidr),
    "JsonFilter": (json_filter.JsonFilter, queries),
    # Named ServerGroup… since Juno; ours bear the names of 2013.
    "GroupAffinityFilter": (affinity_filter.ServerGroupAffinityFilter, groups("affinity")),
    "GroupAntiAffinityFilter": (affinity_filter.ServerGroupAntiAffinityFilter, groups("anti-affinity")),
    "ComputeFilter": (compute_filter.ComputeFilter, services),
}


class Heartbeats:
    """Stands for Nova's service group, whose database is not here."""

    def service_is_up(self, service):
        return service["up"]


def host_state(host):
    state = host_manager.HostState("h1", "n1", UUIDS[9])
    state.free_ram_mb = state.total_usable_ram_mb = host.get("free_ram_mb", 8192)
    state.vcpus_total = host.get("vcpus_total", 4)
    state.hypervisor_type = "baremetal"
    state.stats = host.get("stats", {})
    state.host_ip = host.get("host_ip")
    # As the driver of bare metal reports it.
    state.supported_instances = [(host.get("cpu_arch", "x86_64"), "baremetal", "hvm")]
    state.num_io_ops = host.get("building", 0)
    state.instances = {uuid: None for uuid in host.get("instances", [])}
    state.num_instances = len(state.instances)
    state.service = host.get("service")
    state.aggregates = [
        objects.Aggregate(id=number, name=f"a{number}", metadata=metadata)
        for number, metadata in enumerate(host.get("aggregates", []))
    ]
    return state


def request_spec(request):
    image = request.get("image", UUIDS[9])
    group = request.get("group")
    return objects.RequestSpec(
        instance_uuid=UUIDS[9],
        flavor=objects.Flavor(name=request.get("flavor", "small"), extra_specs=request.get("extra_specs", {})),
        image=None
        if image is None
        else objects.ImageMeta.from_dict({"id": image, "properties": request.get("properties", {})}),
        project_id=request.get("project_id", "p1"),
        availability_zone=request.get("zone"),
        scheduler_hints=request.get("hints", {}),
        instance_group=None if group is None else instance_group(group),
    )


def instance_group(told):
    group = objects.InstanceGroup(policy=told["policy"], members=told["members"], hosts=told["hosts"], rules={})
    # Read-only, and so it cannot be given with the others.
    group.policies = [told["policy"]]
    return group


def verdict(instance, host, request):
    try:
        return bool(instance.host_passes(host_state(host), request_spec(request)))
    except Exception as error:  # pylint: disable=broad-except
        return type(error).__name__


def cases():
    for name, (make, generate) in FILTERS.items():
        seen = set()
        instance = make()
        instance.servicegroup_api = Heartbeats()
        for _ in range(CASES_PER_FILTER):
            host, request, settings = generate()
            for key, value in settings.items():
                CONF.set_override(key, value, "filter_scheduler")
            case = {"filter": name, "host": host, "request": request, "settings": settings}
            text = json.dumps(case, sort_keys=True)
            if text not in seen:
                seen.add(text)
                yield {**case, "nova": verdict(instance, host, request)}


def main():
    lines = [json.dumps(case) for case in cases()]
    version = importlib.metadata.version("nova")
    text = '{\n"nova": "%s",\n"cases": [\n%s\n]\n}\n' % (version, ",\n".join(lines))
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
