import { isIP } from 'node:net'
import makeMdns, { type MulticastDNS } from 'multicast-dns'

/** Where Holdfasts on a network tell each other that they are there (DNS-SD over multicast DNS, RFC 6762 and 6763). */
export type DnsSdSettings = {
  /** Whether this machine says that it is there, once it serves the network. */
  readonly announce: boolean
  /** Another one than 5353 keeps tests apart from the network that they run in. */
  readonly port: number
  /** How long a look for others takes. */
  readonly listenMs: number
}

/** Where multicast goes. */
export type MulticastPlace = {
  readonly port: number
  /** The address that the agent serves: out where that one is, or where the system sends it. */
  readonly bind: string
}

/** What holds unless told otherwise. */
export const USUAL_DNS_SD = { port: 5353, listenMs: 2500 } as const

export const SERVICE = '_holdfast._tcp.local'

/** Of what a machine says of itself in its TXT record: no secret, and nothing that is believed. */
export const TXT_VERSION = '1'

/**
 * A socket on the multicast group. A port that it does not get goes to `onTrouble`, and nothing is thrown. A packet that
 * can't be read is passed over, and so is an interface without multicast beside others. Whoever opens it destroys it.
 */
export function openMulticast(
  { port, bind }: MulticastPlace,
  onTrouble: (error: unknown) => void,
): MulticastDNS {
  const only = isIP(bind) === 4 && bind !== '0.0.0.0' ? { interface: bind } : {}
  // Bound to the address of one interface, a socket would hear nothing that goes to the group.
  const socket = makeMdns({ port, bind: '0.0.0.0', ...only })
  // The library throws an error that nobody hears.
  socket.on('error', onTrouble)
  return socket
}

/** DNS does not tell upper case from lower. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
