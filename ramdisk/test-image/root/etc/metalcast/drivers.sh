# Drivers of the hardware that is there, and the file systems of a config drive.

# Twice: a driver of a bus brings up devices that need drivers of their own.
load_drivers() {
  for _ in first second; do
    cat /sys/bus/pci/devices/*/modalias /sys/bus/virtio/devices/*/modalias /sys/bus/scsi/devices/*/modalias 2>/dev/null |
      sort -u | xargs modprobe -a -q -b 2>/dev/null
  done
  modprobe -a -q sd_mod vfat isofs nls_cp437 nls_ascii nls_iso8859-1 nls_utf8
}
