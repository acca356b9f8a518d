import { randomUUID } from 'node:crypto'
import type { Actor, AddedMachine, MachinesPort, WatchedMachine } from '@holdfast/api'
import { HoldfastError, MINUTE_MS, machineSubject, silenceOf, toHoldfastError } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { shownCertificate } from '@holdfast/host'
import { z } from 'zod'
import { actOf, auditActor } from '../audit.ts'
import type { Verdict } from '../know/conditions.ts'
import type { Secrets } from '../secrets.ts'
import { askAgent } from './ask-agent.ts'
import { Heard, heardFrom } from './heard.ts'
import type { Neighbours } from './neighbours.ts'

const ASK_EVERY_MS = 5 * MINUTE_MS
/** After the start: the network of a machine that was just switched on needs a moment. */
const FIRST_ASK_MS = MINUTE_MS / 2
const ANSWER_MS = 15_000
/** One try may fall into the moment in which this machine's own network comes back. */
const TRIES = 2

const KNOWN = 'machines'
const HEARD = 'machines-heard'

const Known = z.object({
  ...{ id: z.string(), origin: z.string(), authority: z.string().nullable(), fingerprint: z.string() },
  ...{ cookie: z.string(), silentAfterHours: z.number(), addedAt: z.coerce.date() },
})
type Known = z.infer<typeof Known>

const Paired = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('paired'), device: z.object({ role: z.string() }) }),
  z.object({ kind: z.literal('waiting'), ticket: z.string(), number: z.string() }),
])

type Tries = { readonly failed: number; readonly at: Date; readonly problem: WatchedMachine['problem'] }
/** Somewhere that an owner is to let this machine in. */
type Waiting = Pick<Known, 'origin' | 'authority' | 'fingerprint' | 'silentAfterHours'>

/** Looks after other machines: asks each how it is, and says which were silent for too long. */
export type MachineDesk = AsyncDisposable & {
  readonly port: MachinesPort
  /** Asks all of them now. A call while they are asked waits for the same answers. */
  look(): Promise<void>
  /** Each machine as a subject of incidents; `held` while too few tries tell. */
  verdicts(): readonly Verdict[]
  /** What those subjects are called. */
  names(): ReadonlyMap<string, string>
}

export async function openMachineDesk(parts: {
  readonly history: Pick<History, 'settings' | 'audit'>
  readonly secrets: Pick<Secrets, 'value' | 'setValue'>
  /** What this machine is called there. */
  readonly machine: () => string
  /** Machines that say on the network that they are there. */
  readonly nearby: Neighbours['nearby']
  readonly now: () => Date
  readonly onError: (error: unknown) => void
  /** Something of the list is another. */
  readonly onHeard: () => void
}): Promise<MachineDesk> {
  const { history, secrets, now } = parts
  const stop = new AbortController()
  const waiting = new Map<string, Waiting>()
  const tries = new Map<string, Tries>()
  let known: readonly Known[] = parseKnown(secrets.value(KNOWN))
  let heard: Readonly<Record<string, Heard>> =
    (await history.settings.get(HEARD, z.record(z.string(), Heard))) ?? {}
  let underWay: Promise<void> | undefined

  const answerIn = () => AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_MS)])

  async function keep(next: readonly Known[]): Promise<void> {
    known = next
    await secrets.setValue(KNOWN, next)
  }

  async function keepHeard(id: string, said: Heard | undefined): Promise<void> {
    const { [id]: _, ...others } = heard
    heard = said === undefined ? others : { ...others, [id]: said }
    await history.settings.set(HEARD, heard, now())
  }

  async function homeOf(machine: Pick<Known, 'origin' | 'authority' | 'cookie'>): Promise<Heard> {
    const { origin, authority, cookie } = machine
    const { data } = await askAgent({
      ...{ origin, authority, cookie, procedure: 'home', type: 'query' },
      ...{ input: { timeZone: 'UTC' }, signal: answerIn() },
    })
    return heardFrom(data, now())
  }

  async function ask(machine: Known): Promise<void> {
    try {
      const said = await homeOf(machine)
      if (!known.some(({ id }) => id === machine.id)) return
      tries.delete(machine.id)
      await keepHeard(machine.id, said)
    } catch (error) {
      if (stop.signal.aborted) return
      const at = now()
      const before = tries.get(machine.id)
      // After a long while in which nobody asked, this machine slept, and what came before tells nothing.
      const goesOn = before !== undefined && at.getTime() - before.at.getTime() < 2 * ASK_EVERY_MS
      const { message, next } = toHoldfastError(error)
      tries.set(machine.id, {
        ...{ at, failed: goesOn ? before.failed + 1 : 1, problem: { sentence: message, next } },
      })
    }
  }

  function look(): Promise<void> {
    underWay ??= Promise.all(known.map(ask))
      .then(() => {
        if (known.length > 0 && !stop.signal.aborted) parts.onHeard()
      })
      .finally(() => {
        underWay = undefined
      })
    return underWay
  }

  function find(id: string): Known {
    const found = known.find((machine) => machine.id === id)
    if (found === undefined) throw new HoldfastError('INPUT_INVALID', 'There is no such machine any more.')
    return found
  }

  function infoOf({ id, origin, fingerprint, silentAfterHours, addedAt }: Known): WatchedMachine {
    const said = heard[id]
    return {
      ...{ id, origin, fingerprint, silentAfterHours, addedAt, name: said?.name ?? new URL(origin).hostname },
      ...{ heardAt: said?.at ?? addedAt, problem: tries.get(id)?.problem ?? null },
      plans: said?.plans ?? [],
      verdict: said?.verdict ?? { state: 'unknown', sentence: 'It was not heard yet.' },
    }
  }

  async function note(
    actor: Actor,
    act: string,
    subject: string,
    what: { before?: unknown; after?: unknown },
  ) {
    await history.audit.append(actOf(auditActor(actor), { at: now(), act, subject, ...what }))
  }

  async function paired(
    at: Waiting,
    answer: Awaited<ReturnType<typeof askAgent>>,
    actor: Actor,
  ): Promise<AddedMachine> {
    const said = Paired.parse(answer.data)
    if (said.kind === 'waiting') {
      waiting.set(said.ticket, at)
      return said
    }
    if (said.device.role !== 'viewer')
      throw new HoldfastError(
        'INPUT_INVALID',
        `The code makes this machine ${said.device.role} there; viewer is enough.`,
        {
          next: 'Take it out of the devices there, and show a code for a viewer.',
        },
      )
    const { cookie } = answer
    if (cookie === undefined)
      throw new HoldfastError('AGENT_UNREACHABLE', `${at.origin} answers as no Holdfast does.`)
    const machine: Known = { ...at, id: randomUUID(), cookie, addedAt: now() }
    const first = await homeOf(machine)
    await keep([...known, machine])
    await keepHeard(machine.id, first)
    const { origin, fingerprint, silentAfterHours } = machine
    await note(actor, 'machine.add', machine.id, {
      after: { name: first.name, origin, fingerprint, silentAfterHours },
    })
    parts.onHeard()
    return { kind: 'added', machine: infoOf(machine) }
  }

  const port: MachinesPort = {
    list: async () => known.map(infoOf),
    async nearby(signal) {
      const found = await parts.nearby(AbortSignal.any([signal, stop.signal]))
      return found
        .filter(({ origins }) => !known.some(({ origin }) => origins.includes(origin)))
        .map(({ name, origin }) => ({ name, origin }))
    },
    async look(address) {
      const origin = originOf(address)
      const { fingerprint } = await shownCertificate(origin, answerIn())
      return { origin, fingerprint }
    },
    async add({ address, code, fingerprint, silentAfterHours }, actor) {
      const origin = originOf(address)
      if (known.some((machine) => machine.origin === origin))
        throw new HoldfastError('INPUT_INVALID', `${origin} is watched already.`, {
          fields: { address: ['It is in the list.'] },
        })
      const shown = await shownCertificate(origin, answerIn())
      if (plain(shown.fingerprint) !== plain(fingerprint))
        throw new HoldfastError('NOT_ALLOWED', `${origin} shows the fingerprint ${shown.fingerprint}.`, {
          next: 'That is not the one that was compared. If it differs from what that machine says, somebody is in between.',
        })
      const at = {
        origin,
        authority: shown.trusted ? null : shown.authority,
        fingerprint: shown.fingerprint,
        silentAfterHours,
      }
      const answer = await askAgent({
        ...{ origin, authority: at.authority, procedure: 'device.pair', type: 'mutation' },
        ...{ input: { code, name: parts.machine().slice(0, 60) }, signal: answerIn() },
      })
      return await paired(at, answer, actor)
    },
    async collect(ticket, actor) {
      const at = waiting.get(ticket)
      if (at === undefined)
        throw new HoldfastError('INPUT_INVALID', 'Nobody waits with this ticket any more.')
      const answer = await askAgent({
        ...{ origin: at.origin, authority: at.authority, procedure: 'device.collect', type: 'mutation' },
        ...{ input: { ticket }, signal: answerIn() },
      })
      waiting.delete(ticket)
      return await paired(at, answer, actor)
    },
    async ask(id, actor) {
      const machine = find(id)
      await ask(machine)
      const { problem } = infoOf(machine)
      await note(actor, 'machine.ask', id, { after: { heard: problem === null } })
      parts.onHeard()
      return infoOf(find(id))
    },
    async setSilence(id, silentAfterHours, actor) {
      const before = find(id)
      const changed = { ...before, silentAfterHours }
      await keep(known.map((machine) => (machine.id === id ? changed : machine)))
      const what = { before: { silentAfterHours: before.silentAfterHours }, after: { silentAfterHours } }
      await note(actor, 'machine.update', id, what)
      parts.onHeard()
      return infoOf(changed)
    },
    async remove(id, actor) {
      const { name, origin } = infoOf(find(id))
      await keep(known.filter((machine) => machine.id !== id))
      tries.delete(id)
      await keepHeard(id, undefined)
      await note(actor, 'machine.remove', id, { before: { name, origin } })
      parts.onHeard()
    },
  }

  const lookNow = () => void look().catch(parts.onError)
  const first = setTimeout(lookNow, FIRST_ASK_MS).unref()
  const timer = setInterval(lookNow, ASK_EVERY_MS).unref()
  return {
    ...{ port, look },
    verdicts: () =>
      known.map((machine) => {
        const subject = machineSubject(machine.id)
        const condition = silenceOf(infoOf(machine), now())
        const enough = (tries.get(machine.id)?.failed ?? 0) >= TRIES
        if (condition !== undefined && !enough) return { subject, state: 'held' }
        return { subject, state: 'known', condition }
      }),
    names: () => new Map(known.map((machine) => [machineSubject(machine.id), infoOf(machine).name])),
    async [Symbol.asyncDispose]() {
      clearTimeout(first)
      clearInterval(timer)
      stop.abort()
      await underWay?.catch(parts.onError)
    },
  }
}

function parseKnown(value: unknown): readonly Known[] {
  const parsed = z.array(Known).safeParse(value ?? [])
  if (parsed.success) return parsed.data
  throw new HoldfastError('CONFIG_DAMAGED', 'The other machines in secrets.conf cannot be read.', {
    next: 'Put secrets.conf back from a copy of this folder.',
  })
}

function originOf(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  if (url?.protocol === 'https:') return url.origin
  throw new HoldfastError('INPUT_INVALID', `"${text}" is not the address of an agent.`, {
    next: 'Give it as Settings there shows it: https://name.local:8443.',
    fields: { address: ['Like https://name.local:8443'] },
  })
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9a-f]/gi, '').toUpperCase()
}
