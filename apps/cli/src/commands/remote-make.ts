import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { AppRouter, RemoteConversation } from '@holdfast/api'
import { assertNever, HoldfastError, type Provider, type ProviderOption } from '@holdfast/domain'
import type { inferRouterOutputs } from '@trpc/server'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { askHidden, askShown } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'

type AnswerOptions = { answer: string[]; tokenFile?: string; saveAnyway?: boolean }
/** As it arrives: dates are text. */
type Step = inferRouterOutputs<AppRouter>['remote']['start']
type OpenStep = Exclude<Step, { kind: 'problems' | 'saved' }>

/** `holdfast remote add NAME KIND [key=value]…`. */
export function remoteAdd(
  call: Call,
  name: string,
  kind: string,
  given: string[],
  options: AnswerOptions,
): Promise<ExitCode> {
  return callAgent(call.settings, async (agent) => {
    const provider = await agent.remote.provider.query({ id: kind })
    const { values } = await valuesOf(call, provider, given)
    const first = await agent.remote.start.mutate({ name, type: kind, values })
    return talk(call, agent, { first, name, options })
  })
}

/** `holdfast remote edit NAME [key=value]…`. */
export function remoteEdit(
  call: Call,
  name: string,
  given: string[],
  options: AnswerOptions & { signIn?: boolean },
): Promise<ExitCode> {
  return callAgent(call.settings, async (agent) => {
    const { provider } = await agent.remote.details.query({ name })
    const { values, cleared } = await valuesOf(call, provider, given)
    const signInAgain = options.signIn === true
    if (given.length === 0 && !signInAgain)
      throw new HoldfastError('USAGE', 'Nothing says what to change.', {
        next: 'See `holdfast remote edit --help`.',
      })
    const request = { name, type: provider.id, values, change: { cleared, signInAgain } }
    return talk(call, agent, { first: await agent.remote.start.mutate(request), name, options })
  })
}

const SIGN_IN_LOOK_MS = 500

/** Leads the conversation to its end; a failure or Ctrl-C leaves nothing of it. */
async function talk(
  call: Call,
  agent: AgentClient,
  { first, name, options }: { first: Step; name: string; options: AnswerOptions },
): Promise<ExitCode> {
  const answers = new Map(options.answer.map(split))
  let step = first
  try {
    while (step.kind !== 'saved') {
      call.settings.signal.throwIfAborted()
      if (step.kind === 'problems') throw wrongFields(step.fields)
      step = await next(call, agent, { step, answers, options })
    }
  } catch (error) {
    if (step.kind !== 'problems' && step.kind !== 'saved') await agent.remote.cancel.mutate({ id: step.id })
    throw error
  }
  call.output.answer({ saved: name }, [`The remote "${name}" is ready: ${name}:FOLDER.`])
  return EXIT.ok
}

async function next(
  call: Call,
  agent: AgentClient,
  said: { step: OpenStep; answers: ReadonlyMap<string, string>; options: AnswerOptions },
): Promise<Step> {
  const { step, answers, options } = said
  const { id } = step
  switch (step.kind) {
    case 'question': {
      // A wrong answer from the command line would be given over and over.
      const problem = step.problem
      const given = problem === null ? answers.get(step.option.name) : undefined
      const text = given ?? (await ask(call, step.option, problem))
      return await agent.remote.answer.mutate({ id, text })
    }
    case 'sign-in':
      if (options.tokenFile !== undefined)
        return await agent.remote.signIn.paste.mutate({ id, text: await readText(options.tokenFile) })
      return await signIn(call, agent, step)
    case 'refused':
      if (options.saveAnyway === true) return await agent.remote.save.mutate({ id, force: true })
      throw problemError(step.problem)
    default:
      return assertNever(step)
  }
}

async function signIn(
  call: Call,
  agent: AgentClient,
  { id, provider }: Extract<OpenStep, { kind: 'sign-in' }>,
): Promise<Step> {
  let step: Step = await agent.remote.signIn.start.mutate({ id })
  if (step.kind === 'sign-in' && step.signIn.state === 'waiting')
    call.output.said(
      { type: 'sign-in', link: step.signIn.link },
      `Open this page on this machine and allow ${provider} to be used:\n${step.signIn.link}`,
    )
  while (step.kind === 'sign-in' && (step.signIn.state === 'waiting' || step.signIn.state === 'finishing')) {
    await wait(SIGN_IN_LOOK_MS, undefined, { signal: call.settings.signal })
    step = await agent.remote.conversation.query({ id })
  }
  if (step.kind === 'sign-in' && step.signIn.state === 'failed') throw problemError(step.signIn.problem)
  return step
}

async function ask(call: Call, option: ProviderOption, problem: string | null): Promise<string> {
  if (!process.stdin.isTTY)
    throw new HoldfastError(
      'INPUT_INVALID',
      `rclone asks: ${problem ?? option.help.split('\n')[0]} (${option.name})`,
      { next: `Give --answer ${option.name}=VALUE${choicesOf(option)}.` },
    )
  const lines = [problem, option.help, ...option.examples.map(({ value, help }) => `  ${value}  ${help}`)]
  call.output.note(lines.filter((line) => line !== null).join('\n'))
  const { signal } = call.settings
  const typed = option.isSecret
    ? await askHidden(`${option.name}: `, signal)
    : await askShown(`${option.name}${option.default === '' ? '' : ` [${option.default}]`}: `, signal)
  return typed === '' ? option.default : typed
}

function choicesOf({ kind, examples }: ProviderOption): string {
  if (kind === 'boolean') return ' (true or false)'
  return examples.length === 0 ? '' : ` (${examples.map(({ value }) => value).join(', ')})`
}

/** Options as they were given; secrets come from a file or the terminal, never from the arguments. */
async function valuesOf(
  call: Call,
  provider: Pick<Provider, 'options'>,
  given: readonly string[],
): Promise<{ values: Record<string, string>; cleared: string[] }> {
  const values: Record<string, string> = {}
  const cleared: string[] = []
  for (const [key, text] of given.map(split)) {
    const isSecret = provider.options.some(({ name, isSecret }) => name === key && isSecret)
    if (text === '') cleared.push(key)
    else if (text === '?') values[key] = await askHidden(`${key}: `, call.settings.signal)
    else if (text.startsWith('@')) values[key] = (await readText(text.slice(1))).replace(/\r?\n$/, '')
    else if (isSecret)
      throw new HoldfastError('USAGE', `"${key}" is a secret, and arguments can be seen by others.`, {
        next: `Give ${key}=@FILE, or ${key}=? to type it.`,
      })
    else values[key] = text
  }
  return { values, cleared }
}

function split(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new HoldfastError('USAGE', `"${pair}" is not key=value.`)
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', `The file ${file} can't be read.`, { cause })
  }
}

function wrongFields(fields: Readonly<Record<string, string>>): HoldfastError {
  const all = Object.entries(fields).map(([field, sentence]) => `${field}: ${sentence}`)
  return new HoldfastError('INPUT_INVALID', all.join(' '), { next: 'See `holdfast remote kinds KIND`.' })
}

type Refusal = Extract<RemoteConversation, { kind: 'refused' }>['problem']

function problemError({ code, message, next }: Refusal): HoldfastError {
  const known = code === 'REMOTE_DENIED' || code === 'REMOTE_UNREACHABLE' ? code : 'REMOTE_UNREACHABLE'
  return new HoldfastError(known, message, { next })
}
