import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { ResponseOutgoingPacket } from 'multicast-dns'
import { isSameName, type MulticastPlace, openMulticast, SERVICE, TXT_VERSION } from './multicast.ts'

/** What a machine says of itself on its network. */
export type Announcement = {
  readonly machine: string
  /** Tells two machines of one name apart; only a hash of it leaves this one. */
  readonly installation: string
  readonly port: number
  /** The name in its certificate, `nas.local`. */
  readonly host: string
  /** Where it listens. */
  readonly addresses: readonly string[]
}

type Answer = ResponseOutgoingPacket['answers'][number]

const SERVICES = '_services._dns-sd._udp.local'
/** How long others may keep it, in seconds. */
const TTL = 120
/** A goodbye that the network does not take must not hold up the end. */
const GOODBYE_MS = 1000
/** One answer goes to everybody, so that nobody can make this machine shout. */
const QUIET_MS = 500
const AGAIN_MS = 1000
const QUESTIONS = 32

/**
 * Says that this machine is here, now and whenever somebody asks; disposing says goodbye. `told` is asked anew each time.
 * Trouble of the network goes to `onTrouble`, and nothing is ever thrown: a machine can be added by its address.
 */
export function announceMachine(
  place: MulticastPlace,
  { told, onTrouble }: { told: () => Announcement; onTrouble: (error: unknown) => void },
): AsyncDisposable {
  let quiet = false
  const socket = openMulticast(place, onTrouble)

  function say(ttl: number): Promise<void> {
    const done = Promise.withResolvers<void>()
    socket.respond(recordsOf(told(), ttl), (error) => {
      if (error) onTrouble(error)
      done.resolve()
    })
    return done.promise
  }

  function answer(): void {
    if (quiet) return
    quiet = true
    setTimeout(() => {
      quiet = false
    }, QUIET_MS).unref()
    void say(TTL)
  }

  socket.on('query', ({ questions }) => {
    const { instance, target } = namesOf(told())
    const ours = [SERVICE, SERVICES, instance, target]
    const asked = (questions ?? []).slice(0, QUESTIONS).map(({ name }) => name)
    if (asked.some((name) => ours.some((own) => isSameName(own, name)))) answer()
  })
  // Told twice, for no datagram is certain to arrive.
  socket.on('ready', () => void say(TTL))
  const again = setTimeout(() => void say(TTL), AGAIN_MS)
  again.unref()

  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(again)
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, GOODBYE_MS)
      await Promise.race([say(0), late.promise])
      clearTimeout(timer)
      await new Promise<void>((resolve) => socket.destroy(resolve))
    },
  }
}

function recordsOf(told: Announcement, ttl: number): Answer[] {
  const { instance, target } = namesOf(told)
  const says = [`v=${TXT_VERSION}`, `machine=${cut(told.machine, 200)}`, `host=${told.host}`]
  return [
    { type: 'PTR', name: SERVICES, ttl, data: SERVICE },
    { type: 'PTR', name: SERVICE, ttl, data: instance },
    { type: 'SRV', name: instance, ttl, flush: true, data: { port: told.port, target } },
    { type: 'TXT', name: instance, ttl, flush: true, data: says },
    ...told.addresses.map((data): Answer => {
      const type = isIP(data) === 4 ? 'A' : 'AAAA'
      return { type, name: target, ttl, flush: true, data }
    }),
  ]
}

/** Names that are this machine's alone, so that no other can have claimed them: `nas.local` may be somebody else's. */
function namesOf({ machine, installation }: Announcement): { instance: string; target: string } {
  const tag = createHash('sha256').update(installation).digest('hex').slice(0, 8)
  const label = cut(machine.replaceAll('.', '-'), 48)
  return { instance: `${label} (${tag}).${SERVICE}`, target: `holdfast-${tag}.local` }
}

/** At most so many bytes of UTF-8, whole characters. */
function cut(text: string, bytes: number): string {
  let kept = ''
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) return kept
    kept += character
  }
  return kept
}
