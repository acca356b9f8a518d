import { HoldfastError, type ProviderOption, type RemoteValues } from '@holdfast/domain'
import { z } from 'zod'
import type { SignedIn } from './authorize.ts'
import type { RcloneClient } from './client.ts'
import { optionOf, RawOption } from './providers.ts'

/** Where the making of a remote stands: rclone asks something, somebody has to sign in, or all is known. */
export type RemoteStep =
  | {
      readonly kind: 'question'
      readonly state: string
      readonly option: ProviderOption
      /** What was wrong with the last answer. */
      readonly problem: string | undefined
    }
  | { readonly kind: 'sign-in'; readonly state: string }
  | { readonly kind: 'done' }

export type RemoteRequest = {
  /** The name that the remote has until it is finished. */
  readonly draft: string
  readonly type: string
  /** What is set, secrets in clear; checked by `remoteForm` before. */
  readonly values: RemoteValues
  /** The remote that is changed: its options stay but for `values` and `cleared`. */
  readonly from?: {
    readonly name: string
    readonly cleared: readonly string[]
    readonly signInAgain: boolean
  }
}

type Call = { readonly signal?: AbortSignal | undefined }

/**
 * Writes a draft of a remote into rclone's configuration and asks rclone what else it wants to know. Until
 * `finishRemote` no remote of a person's is touched; `discardRemote` leaves nothing. Rejects with what rclone said when
 * it could not go on (REMOTE_*), INPUT_INVALID for a value that the configuration can't hold: then nothing is left.
 */
export async function beginRemote(
  client: RcloneClient,
  request: RemoteRequest,
  options: Call = {},
): Promise<RemoteStep> {
  const { draft, type, values, from } = request
  try {
    if (from === undefined) {
      const answer = await create(client, draft, type, values, { obscure: true }, options)
      await checkHeld(client, draft, values, options)
      return await follow(client, draft, answer, options)
    }
    const { type: was = type, ...kept } = await sectionOf(client, from.name, options)
    const base = Object.fromEntries(
      Object.entries(kept).filter(([name]) => !from.cleared.includes(name) && !(name in values)),
    )
    // As it is, in rclone's own form; what it asks now is asked again below, when there are new values.
    const first = await create(client, draft, was, base, { noObscure: true }, options)
    const changed = Object.keys(values).length > 0
    const answer = changed ? await update(client, draft, values, { obscure: true }, options) : first
    await checkHeld(client, draft, values, options)
    // What a remote was told once, such as which drive, it still knows.
    return from.signInAgain ? await follow(client, draft, answer, options) : { kind: 'done' }
  } catch (error) {
    // The reason counts; a draft that could not be removed now is swept later.
    await client.callRaw('config/delete', { name: draft })
    throw error
  }
}

/** Answers the question that was asked in `state` and resolves with what comes next. The draft stays on a rejection. */
export async function answerRemote(
  client: RcloneClient,
  draft: string,
  given: { readonly state: string; readonly result: string },
  options: Call = {},
): Promise<RemoteStep> {
  const answer = await proceed(client, draft, given.state, given.result, options)
  return await follow(client, draft, answer, options)
}

/** Hands a sign-in to the draft that waited for it in `state`. */
export async function signRemoteIn(
  client: RcloneClient,
  draft: string,
  given: { readonly state: string; readonly signedIn: SignedIn },
  options: Call = {},
): Promise<RemoteStep> {
  const { token, others } = given.signedIn
  if (Object.keys(others).length > 0) await update(client, draft, others, { noObscure: true }, options)
  return await answerRemote(client, draft, { state: given.state, result: token }, options)
}

/** Gives the draft its name, in place of a remote of that name, and resolves when it stands in the configuration. */
export async function finishRemote(client: RcloneClient, draft: string, name: string): Promise<void> {
  const { type = '', ...section } = await sectionOf(client, draft, {})
  await create(client, name, type, section, { noObscure: true }, {})
  const stored = await sectionOf(client, name, {})
  const lost = Object.entries(section).find(([key, value]) => stored[key] !== value)
  if (lost !== undefined)
    throw new HoldfastError('INTERNAL', `rclone did not keep the option "${lost[0]}" of "${name}".`)
  await discardRemote(client, draft)
  // rclone may still hold the remote as it was before.
  await client.callRaw('fscache/clear', {})
}

/** Removes a remote or a draft; one that is not there is no error. */
export async function discardRemote(client: RcloneClient, name: string): Promise<void> {
  await client.call('config/delete', { name }, z.object({}), { attempt: { doing: 'remove a remote' } })
}

/** A remote's options as rclone keeps them, passwords obscured. REMOTE_UNKNOWN when there is none of this name. */
export async function sectionOf(
  client: RcloneClient,
  name: string,
  options: Call,
): Promise<Record<string, string>> {
  const section = await client.call('config/get', { name }, z.record(z.string(), z.string()), options)
  if (section.type === undefined)
    throw new HoldfastError('REMOTE_UNKNOWN', `rclone's configuration has no remote "${name}".`)
  return section
}

const Answer = z.object({
  State: z.string().default(''),
  Option: RawOption.nullish(),
  Error: z.string().default(''),
})
type Answer = z.infer<typeof Answer>
type Form = { readonly obscure: true } | { readonly noObscure: true }

/** Answers by itself what has one right answer here, and says what is left. */
async function follow(
  client: RcloneClient,
  draft: string,
  first: Answer,
  options: Call,
): Promise<RemoteStep> {
  let answer = first
  for (let rounds = 0; rounds < ROUNDS_AT_MOST; rounds += 1) {
    const { State: state, Option: option, Error: problem } = answer
    if (state === '') return { kind: 'done' }
    const own = OWN_ANSWERS[option?.Name ?? '']
    if (option == null) answer = await proceed(client, draft, state, '', options)
    else if (own !== undefined) answer = await proceed(client, draft, state, own, options)
    else if (option.Name === 'config_token') return { kind: 'sign-in', state }
    else
      return {
        kind: 'question',
        state,
        option: optionOf(option),
        problem: problem === '' ? undefined : problem,
      }
  }
  throw new HoldfastError('INTERNAL', 'rclone asks the same over and over.')
}

const ROUNDS_AT_MOST = 20
/** No: this rclone can't open a browser. Yes: who gets here wants a new token. */
const OWN_ANSWERS: Readonly<Record<string, string>> = {
  config_is_local: 'false',
  config_refresh_token: 'true',
}

function create(
  client: RcloneClient,
  name: string,
  type: string,
  parameters: RemoteValues,
  form: Form,
  options: Call,
): Promise<Answer> {
  const parts = { name, type, parameters, opt: { nonInteractive: true, ...form } }
  return client.call('config/create', parts, Answer, { ...options, attempt: ATTEMPT })
}

function update(
  client: RcloneClient,
  name: string,
  parameters: RemoteValues,
  form: Form,
  options: Call,
): Promise<Answer> {
  const parts = { name, parameters, opt: { nonInteractive: true, ...form } }
  return client.call('config/update', parts, Answer, { ...options, attempt: ATTEMPT })
}

function proceed(
  client: RcloneClient,
  name: string,
  state: string,
  result: string,
  options: Call,
): Promise<Answer> {
  const opt = { nonInteractive: true, obscure: true, continue: true, state, result }
  return client.call('config/update', { name, parameters: {}, opt }, Answer, { ...options, attempt: ATTEMPT })
}

const ATTEMPT = { doing: 'set up the remote' }

/** rclone's file format has values that don't come back as they were. Passwords are obscured, so they always do. */
async function checkHeld(
  client: RcloneClient,
  draft: string,
  values: RemoteValues,
  options: Call,
): Promise<void> {
  const held = await sectionOf(client, draft, options)
  const lost = Object.keys(values).find((name) => held[name] === undefined || held[name] === '')
  if (lost !== undefined)
    throw new HoldfastError('INPUT_INVALID', `rclone's configuration can't hold this value of "${lost}".`)
}
