import { BlockList, isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'

/** DNS names that a certificate of the home's own authority may hold: these and whatever ends in them. */
export const PERMITTED_NAMES = ['local', 'localhost', 'home.arpa', 'internal', 'lan', 'home'] as const

/** Addresses that it may hold: those that no router on the internet forwards. */
export const PERMITTED_NETWORKS = [
  { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
  { address: '172.16.0.0', prefix: 12, family: 'ipv4' },
  { address: '192.168.0.0', prefix: 16, family: 'ipv4' },
  { address: '127.0.0.0', prefix: 8, family: 'ipv4' },
  { address: '169.254.0.0', prefix: 16, family: 'ipv4' },
  { address: '100.64.0.0', prefix: 10, family: 'ipv4' },
  { address: 'fc00::', prefix: 7, family: 'ipv6' },
  { address: 'fe80::', prefix: 10, family: 'ipv6' },
  { address: '::1', prefix: 128, family: 'ipv6' },
] as const

const permitted = new BlockList()
for (const { address, prefix, family } of PERMITTED_NETWORKS) permitted.addSubnet(address, prefix, family)

/** What a machine is called on its network. The first name is the one that pages link to. */
export type LanNames = { readonly names: readonly string[]; readonly addresses: readonly string[] }

/** The names and private addresses of this machine now, sorted, so that equal sets are equal lists. */
export function lanNames(
  hostName: string,
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>,
): LanNames {
  const found = Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    // A link-local IPv6 address means nothing without its zone, which no certificate can hold.
    .filter(({ address, internal }) => !internal && !address.startsWith('fe80:') && isPermitted(address))
    .map(({ address }) => address)
  return {
    names: [`${label(hostName)}.local`, 'localhost'],
    addresses: ['127.0.0.1', '::1', ...[...new Set(found)].sort()],
  }
}

/** Whether the home's own authority may vouch for this name or address. */
export function isPermitted(name: string): boolean {
  const kind = isIP(name)
  if (kind !== 0) return permitted.check(name, kind === 4 ? 'ipv4' : 'ipv6')
  const plain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name)
  return plain && PERMITTED_NAMES.some((end) => name === end || name.endsWith(`.${end}`))
}

/** The address that other devices can use when the name does not resolve; undefined when there is none. */
export function lanAddress({ addresses }: LanNames): string | undefined {
  return addresses.find((address) => isIP(address) === 4 && !/^(127|169\.254)\./.test(address))
}

function label(hostName: string): string {
  const first = (hostName.split('.')[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
  return first.replaceAll(/^-+|-+$/g, '').slice(0, 63) || 'holdfast'
}
