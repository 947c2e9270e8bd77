/** The tag that dnsmasq's log shows for firmware that asks for a loader when there is none for it. */
export const noLoaderTag = 'no-loader';

/** Types of firmware without a loader, by their numbers in option 93 (IANA, RFC 5970). */
const names: Readonly<Record<number, string>> = {
  2: 'Itanium UEFI',
  6: '32-bit x86 UEFI',
  10: '32-bit ARM UEFI',
  11: '64-bit ARM UEFI',
  15: '32-bit x86 UEFI over HTTP',
  18: '32-bit ARM UEFI over HTTP',
  19: '64-bit ARM UEFI over HTTP',
  20: 'BIOS over HTTP',
  25: '32-bit RISC-V UEFI',
  26: '32-bit RISC-V UEFI over HTTP',
  27: '64-bit RISC-V UEFI',
  28: '64-bit RISC-V UEFI over HTTP',
};

/** The firmware that sends this vendor class, for example `PXEClient:Arch:00011:UNDI:003000`. */
export function firmwareOf(vendorClass: string): string {
  const [, number] = /^(?:PXE|HTTP)Client:Arch:(\d{5})\b/.exec(vendorClass) ?? [];
  return number === undefined
    ? 'an unknown type'
    : (names[Number(number)] ?? `type ${String(Number(number))}`);
}
