import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { bareHost } from '@holdfast/host'
import { z } from 'zod'
import { isPermitted } from '../lan/lan-names.ts'
import { isSameName, type MulticastPlace, openMulticast, SERVICE } from './multicast.ts'

/** A machine that says on the network that it is there. Anybody can say that: nothing of it is proven. */
export type FoundMachine = {
  readonly name: string
  /** Where to reach it: by its name where this machine can resolve that, for addresses change. */
  readonly origin: string
  /** Every origin that it says it has. */
  readonly origins: readonly string[]
}

/** Answers that were lost come to the second question. */
const ASK_AGAIN_AFTER = 0.4
const RESOLVE_MS = 1000
/** More than a home has; the rest of what shouts is left out. */
const AT_MOST = 50
const RECORDS = 64
const ADDRESSES = 8

const Name = z.string().min(1).max(255)
const Ttl = z.number().int().min(0)
const Pointer = z.object({ type: z.literal('PTR'), name: Name, ttl: Ttl, data: Name })
const Server = z.object({
  ...{ type: z.literal('SRV'), name: Name, ttl: Ttl },
  data: z.object({ port: z.number().int().min(1).max(65_535), target: Name }),
})
const Text = z.object({
  ...{ type: z.literal('TXT'), name: Name, ttl: Ttl },
  data: z.array(z.instanceof(Uint8Array)).max(16),
})
const Address = z.object({ type: z.enum(['A', 'AAAA']), name: Name, ttl: Ttl, data: z.string().max(64) })
const DnsRecord = z.union([Pointer, Server, Text, Address])
type DnsRecord = z.infer<typeof DnsRecord>
const Said = z.object({
  v: z.string().regex(/^\d{1,4}$/),
  machine: z.string().trim().min(1).max(200),
  host: z.string().max(255),
})

/**
 * The machines that answer within `listenMs`, each once, at most fifty, by name. What is no valid answer, or
 * leads to an address outside of private networks, is left out. Rejects when `signal` aborts; a network that takes no
 * multicast goes to `onTrouble`, and nothing is found.
 */
export async function nearbyMachines(
  place: MulticastPlace & { readonly listenMs: number },
  { signal, onTrouble }: { signal: AbortSignal; onTrouble: (error: unknown) => void },
): Promise<FoundMachine[]> {
  const found = new Map<string, Omit<FoundMachine, 'origin'>>()
  const socket = openMulticast(place, onTrouble)
  try {
    socket.on('response', ({ answers, additionals }) => {
      const records = parseRecords([...(answers ?? []), ...(additionals ?? [])])
      for (const pointer of records) {
        if (pointer.type !== 'PTR' || !isSameName(pointer.name, SERVICE)) continue
        const instance = pointer.data.toLowerCase()
        const machine = pointer.ttl === 0 ? undefined : machineOf(pointer.data, records)
        if (machine === undefined) found.delete(instance)
        else if (found.has(instance) || found.size < AT_MOST) found.set(instance, machine)
      }
    })
    const ask = () => socket.query(SERVICE, 'PTR', (error) => error && onTrouble(error))
    ask()
    await wait(place.listenMs * ASK_AGAIN_AFTER, undefined, { signal })
    ask()
    await wait(place.listenMs * (1 - ASK_AGAIN_AFTER), undefined, { signal })
  } finally {
    await new Promise<void>((resolve) => socket.destroy(resolve))
  }
  const machines = await Promise.all(
    [...found.values()].map(async (one) => ({ ...one, origin: await reached(one.origins) })),
  )
  return machines.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}

function parseRecords(given: readonly unknown[]): DnsRecord[] {
  return given.slice(0, RECORDS).flatMap((one) => {
    const parsed = DnsRecord.safeParse(one)
    return parsed.success ? [parsed.data] : []
  })
}

/** The machine of an instance; undefined when a part of what it says is missing or not allowed. */
function machineOf(
  instance: string,
  records: readonly DnsRecord[],
): Omit<FoundMachine, 'origin'> | undefined {
  const server = records.find((one) => one.type === 'SRV' && isSameName(one.name, instance))
  const text = records.find((one) => one.type === 'TXT' && isSameName(one.name, instance))
  if (server?.type !== 'SRV' || text?.type !== 'TXT') return undefined
  const said = Said.safeParse(pairsOf(text.data))
  if (!said.success) return undefined
  const { target, port } = server.data
  const addresses = records
    .flatMap((one) => (one.type === 'A' || one.type === 'AAAA' ? [one] : []))
    .filter(({ name, data }) => isSameName(name, target) && isIP(data) !== 0 && isPermitted(data))
    .map(({ data }) => (data.includes(':') ? `[${data}]` : data))
    .slice(0, ADDRESSES)
  const host = said.data.host.toLowerCase()
  const names = isIP(host) === 0 && host !== 'localhost' && isPermitted(host) ? [host] : []
  const origins = [...names, ...addresses].map((one) => `https://${one}:${port}`)
  // Without an address anybody could make this machine ask for a name of their choice.
  return addresses.length === 0 ? undefined : { name: printable(said.data.machine), origins }
}

/** The `key=value` strings of a TXT record. */
function pairsOf(strings: readonly Uint8Array[]): Record<string, string> {
  const pairs = strings.map((one) => {
    const text = Buffer.from(one).toString('utf8')
    const at = text.indexOf('=')
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  return Object.fromEntries(pairs)
}

/** Names of strangers stand on a terminal too. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '').slice(0, 60) || 'A machine'
}

/** The first origin where its name leads here to where the machine says it is, the second otherwise. */
async function reached([first = '', ...others]: readonly string[]): Promise<string> {
  const url = new URL(first)
  if (others[0] === undefined || isIP(bareHost(url)) !== 0) return first
  const late = wait(RESOLVE_MS, false, { ref: false })
  const resolves = lookup(url.hostname).then(
    ({ address }) => others.some((one) => bareHost(new URL(one)) === address),
    // A name that does not resolve is no trouble: there is its address.
    () => false,
  )
  return (await Promise.race([resolves, late])) ? first : others[0]
}
