import type { Actor, RemoteConversation, RemoteRequest, SignInState, SpokenProblem } from '@holdfast/api'
import { assertNever, HoldfastError, SECOND_MS, toHoldfastError } from '@holdfast/domain'
import {
  answerRemote,
  beginRemote,
  type CatalogueEntry,
  checkPlaceAllowed,
  discardRemote,
  finishRemote,
  listRemotes,
  type RcloneClient,
  type RemoteStep,
  readPastedToken,
  type SignedIn,
  type SignIn,
  sectionOf,
  signRemoteIn,
  startSignIn,
} from '@holdfast/rclone'
import type { Random } from '@holdfast/vault/ports'
import { lookAtRemote } from './look-at-remote.ts'

/** What the desk works on: a checked request and the kind of storage it is for. */
export type Order = {
  readonly request: RemoteRequest
  readonly provider: CatalogueEntry
  readonly actor: Actor
}

/** The conversations in which remotes are made and changed. Disposing ends every sign-in and removes every draft. */
export type RemoteDesk = AsyncDisposable & {
  begin(order: Order): Promise<RemoteConversation>
  /** INPUT_INVALID for one that has ended. */
  get(id: string): RemoteConversation
  answer(id: string, text: string): Promise<RemoteConversation>
  save(id: string, force: boolean): Promise<RemoteConversation>
  cancel(id: string): Promise<void>
  startSignIn(id: string): Promise<RemoteConversation>
  cancelSignIn(id: string): Promise<RemoteConversation>
  paste(id: string, text: string): Promise<RemoteConversation>
}

type Stage =
  | RemoteStep
  | { readonly kind: 'refused'; readonly problem: SpokenProblem }
  | { readonly kind: 'saved' }
type Draft = Order & {
  readonly id: string
  readonly section: string
  stage: Stage
  signIn: SignInState
  running: SignIn | undefined
  touchedMs: number
}

const IDLE_MS = 30 * 60 * SECOND_MS
const SIGN_IN_MS = 10 * 60 * SECOND_MS
const AT_ONCE = 8

/**
 * `onSaved` is told of each remote that was made or changed. Drafts live in rclone's own configuration under names that
 * nobody may choose; what a crash left is removed before the first new one.
 */
export function createRemoteDesk(parts: {
  client: RcloneClient
  /** Undefined for a borrowed rclone: nobody signs in there. */
  binary: string | undefined
  random: Random
  now: () => Date
  onSaved: (order: Order) => Promise<void>
  onError: (error: unknown) => void
}): RemoteDesk {
  const { client, binary, random, now, onError } = parts
  const drafts = new Map<string, Draft>()
  let swept: Promise<void> | undefined

  function find(id: string): Draft {
    const draft = drafts.get(id)
    if (draft === undefined) throw givenUp()
    draft.touchedMs = now().getTime()
    return draft
  }

  async function sweep(): Promise<void> {
    const known = new Set([...drafts.values()].map(({ section }) => section))
    for (const { name } of await listRemotes(client))
      if (isDraft(name) && !known.has(name)) await discardRemote(client, name)
  }

  async function drop(draft: Draft): Promise<void> {
    drafts.delete(draft.id)
    await draft.running?.[Symbol.asyncDispose]()
    if (draft.stage.kind !== 'saved') await discardRemote(client, draft.section)
  }

  async function dropOld(): Promise<void> {
    const late = now().getTime() - IDLE_MS
    const byAge = [...drafts.values()].sort((a, b) => a.touchedMs - b.touchedMs)
    for (const [i, draft] of byAge.entries())
      if (draft.touchedMs < late || byAge.length - i > AT_ONCE) await drop(draft)
  }
  const timer = setInterval(() => void dropOld().catch(onError), 60 * SECOND_MS)
  timer.unref()

  /** Where rclone wants no more: try the remote, and save it. */
  async function proceed(draft: Draft, step: RemoteStep, force = false): Promise<RemoteConversation> {
    if (step.kind !== 'done') {
      draft.stage = step
      draft.signIn = { state: 'idle' }
      return spoken(draft)
    }
    const { request } = draft
    const problem = force
      ? undefined
      : await lookAtRemote(client, draft.section, { name: request.name, mayBeNew: draft.provider.wraps })
    // Given up meanwhile.
    if (!drafts.has(draft.id)) throw givenUp()
    if (problem !== undefined) {
      draft.stage = { kind: 'refused', problem }
      return spoken(draft)
    }
    await finishRemote(client, draft.section, request.name)
    draft.stage = { kind: 'saved' }
    await parts.onSaved(draft)
    return spoken(draft)
  }

  function stateOf(draft: Draft, kind: 'question' | 'sign-in'): string {
    if (draft.stage.kind === kind && 'state' in draft.stage) return draft.stage.state
    throw new HoldfastError('INPUT_INVALID', 'That was not asked.', { next: 'Look at the set-up again.' })
  }

  async function signedIn(draft: Draft, what: SignedIn): Promise<RemoteConversation> {
    const state = stateOf(draft, 'sign-in')
    draft.signIn = { state: 'finishing' }
    try {
      return await proceed(draft, await signRemoteIn(client, draft.section, { state, signedIn: what }))
    } catch (error) {
      draft.signIn = { state: 'failed', problem: problemOf(error) }
      throw error
    }
  }

  /** Goes on by itself when the browser has been there; what goes wrong stands in the conversation. */
  async function follow(draft: Draft, running: SignIn): Promise<void> {
    try {
      const result = await running.result
      if (draft.running !== running) return
      draft.running = undefined
      await signedIn(draft, result)
    } catch (error) {
      if (draft.running === running) draft.running = undefined
      else if (draft.running !== undefined) return
      const { code } = toHoldfastError(error)
      draft.signIn = code === 'CANCELLED' ? { state: 'idle' } : { state: 'failed', problem: problemOf(error) }
    }
  }

  async function endSignIn(draft: Draft): Promise<void> {
    const { running } = draft
    draft.running = undefined
    await running?.[Symbol.asyncDispose]()
    draft.signIn = { state: 'idle' }
  }

  return {
    async begin(order) {
      swept ??= sweep()
      await swept.catch((error: unknown) => {
        swept = undefined
        throw error
      })
      await dropOld()
      const { request } = order
      const replaced = request.replaces === undefined ? undefined : drafts.get(request.replaces)
      if (replaced !== undefined) await drop(replaced)
      const id = Buffer.from(random.bytes(12)).toString('hex')
      const draft: Draft = {
        ...order,
        ...{ id, section: `hf-draft-${id.slice(0, 8)}`, stage: { kind: 'done' } },
        ...{ signIn: { state: 'idle' }, running: undefined, touchedMs: now().getTime() },
      }
      drafts.set(id, draft)
      try {
        const { name, type, values, change } = request
        const step = await beginRemote(client, {
          ...{ draft: draft.section, type, values },
          ...(change === undefined ? {} : { from: { name, ...change } }),
        })
        await checkPlaceAllowed(client, { kind: 'remote', remote: draft.section, path: '' })
        return await proceed(draft, step)
      } catch (error) {
        await drop(draft)
        throw error
      }
    },
    get: (id) => spoken(find(id)),
    async answer(id, text) {
      const draft = find(id)
      const state = stateOf(draft, 'question')
      return proceed(draft, await answerRemote(client, draft.section, { state, result: text }))
    },
    async save(id, force) {
      const draft = find(id)
      if (draft.stage.kind !== 'refused') return spoken(draft)
      return proceed(draft, { kind: 'done' }, force)
    },
    async cancel(id) {
      const draft = drafts.get(id)
      if (draft !== undefined) await drop(draft)
    },
    async startSignIn(id) {
      const draft = find(id)
      stateOf(draft, 'sign-in')
      if (binary === undefined)
        throw new HoldfastError('REMOTE_REFUSED', 'This rclone is only borrowed: sign in where it runs.')
      await endSignIn(draft)
      const values = await sectionOf(client, draft.section, {})
      const running = await startSignIn({ binary, provider: draft.provider, values, timeoutMs: SIGN_IN_MS })
      // Given up, or started twice, while rclone was starting.
      if (!drafts.has(id) || draft.running !== undefined) {
        await running[Symbol.asyncDispose]()
        running.result.catch(() => undefined)
        return spoken(draft)
      }
      draft.running = running
      draft.signIn = {
        ...{ state: 'waiting', link: running.link },
        until: new Date(now().getTime() + SIGN_IN_MS),
      }
      void follow(draft, running)
      return spoken(draft)
    },
    async cancelSignIn(id) {
      const draft = find(id)
      await endSignIn(draft)
      return spoken(draft)
    },
    async paste(id, text) {
      const draft = find(id)
      stateOf(draft, 'sign-in')
      if (/^https?:\/\//.test(text.trim())) {
        if (draft.running === undefined)
          throw new HoldfastError('INPUT_INVALID', 'That sign-in has ended.', { next: 'Start it again.' })
        await draft.running.deliver(text)
        return spoken(draft)
      }
      const what = readPastedToken(text, draft.provider)
      await endSignIn(draft)
      return signedIn(draft, what)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      // rclone may have ended already; then the next start removes what is left.
      for (const draft of [...drafts.values()]) await drop(draft).catch(onError)
    },
  }
}

/** True for the name of a draft of a remote. */
function isDraft(name: string): boolean {
  return /^hf-draft-[0-9a-f]{8}$/.test(name)
}

function spoken(draft: Draft): RemoteConversation {
  const { id, stage, provider, request } = draft
  switch (stage.kind) {
    case 'question':
      return { kind: 'question', id, option: stage.option, problem: stage.problem ?? null }
    case 'sign-in': {
      const command = `rclone authorize "${provider.id}"${request.values.client_id === undefined ? '' : ' CLIENT_ID CLIENT_SECRET'}`
      return { kind: 'sign-in', id, provider: provider.name, command, signIn: draft.signIn }
    }
    case 'refused':
      return { kind: 'refused', id, problem: stage.problem }
    case 'saved':
      return { kind: 'saved', id, name: request.name }
    case 'done':
      throw givenUp()
    default:
      return assertNever(stage)
  }
}

function givenUp(): HoldfastError {
  return new HoldfastError('INPUT_INVALID', 'The set-up of this remote has ended.', {
    next: 'Start it again.',
  })
}

function problemOf(error: unknown): SpokenProblem {
  const { code, message, next } = toHoldfastError(error)
  return { code, message, next }
}
