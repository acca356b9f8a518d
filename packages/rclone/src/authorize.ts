import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { inheritedEnvironment } from './daemon-environment.ts'
import { withoutSecrets } from './errors.ts'
import { parentDeathCommand } from './parent-death-command.ts'
import type { CatalogueEntry } from './providers.ts'

/** What a sign-in gave: the token, and what the provider told besides (the host of the account's region). */
export type SignedIn = { readonly token: string; readonly others: Readonly<Record<string, string>> }

/** A sign-in that waits for a person. Disposing ends it and resolves when nothing of it runs any more. */
export type SignIn = AsyncDisposable & {
  /** The provider's page, for any browser. Good for this sign-in only. */
  readonly link: string
  /**
   * Rejects with REMOTE_DENIED when the person said no or nobody came in time, CANCELLED after disposing, RCLONE_DIED
   * with rclone's own words otherwise.
   */
  readonly result: Promise<SignedIn>
  /**
   * Takes the address at which a browser on another device ended, which can't reach this machine's loopback by itself.
   * INPUT_INVALID when it is none of this sign-in.
   */
  deliver(address: string): Promise<void>
}

export type SignInOptions = {
  readonly binary: string
  readonly provider: Pick<CatalogueEntry, 'id' | 'name' | 'environmentPrefix' | 'options'>
  /** The remote's options so far: an own client id, other addresses. Secrets reach neither arguments nor disk. */
  readonly values: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/**
 * Runs `rclone authorize` and resolves with the page to open. rclone waits for the browser on a fixed loopback port, so
 * there is one sign-in on a machine at a time: REMOTE_DENIED with that reason when another one has it. The child ends
 * with this process.
 */
export async function startSignIn(options: SignInOptions): Promise<SignIn> {
  const { binary, provider, values, timeoutMs = 10 * 60_000 } = options
  const environment = inheritedEnvironment()
  for (const [name, value] of Object.entries(values)) {
    if (!/^[a-z0-9_]+$/.test(name) || !SIGN_IN_OPTIONS.test(name)) continue
    const prefix = provider.environmentPrefix.replaceAll(/[- ]/g, '_')
    environment[`RCLONE_${`${prefix}_${name}`.toUpperCase()}`] = value
  }
  // `{}` as a configuration: the answer then has all that the provider told, not only the token.
  const command = [
    ...(await parentDeathCommand(environment)),
    ...[
      binary,
      'authorize',
      provider.id,
      'e30',
      '--auth-no-open-browser',
      '--config=',
      '--ask-password=false',
    ],
  ]
  const [program = binary, ...args] = command
  const child = spawn(program, args, {
    ...{ detached: true, windowsHide: true, env: environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { text: '' }
  const keep = (chunk: string) => {
    said.text = (said.text + chunk).slice(-65_536)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  let why: 'ended' | 'cancelled' | 'late' = 'ended'
  const closed = once(child, 'close')
  // What could not be started has no number yet, and number 0 would be our whole group.
  const kill = () => child.pid !== undefined && child.kill('SIGKILL')
  const stop = async (reason: 'cancelled' | 'late') => {
    if (why === 'ended') why = reason
    kill()
    await closed.catch(() => undefined)
  }
  const atExit = () => kill()
  process.once('exit', atExit)
  const timer = setTimeout(() => void stop('late'), timeoutMs)
  const result = closed.then(
    () => outcomeOf(said.text, why, provider),
    (cause: unknown) => {
      throw new HoldfastError('RCLONE_MISSING', `rclone at ${binary} does not start.`, { cause })
    },
  )
  // Who waits for the link hears of it; later whoever waits for the result.
  const settled = result.then(
    () => undefined,
    () => undefined,
  )
  void settled.then(() => {
    clearTimeout(timer)
    process.off('exit', atExit)
  })
  const local = await localLink(said, settled)
  // It ended before it could wait for anybody: its reason is the answer.
  if (local === undefined)
    throw await result.then(
      () => unexpected(said.text),
      (error: unknown) => error,
    )
  return {
    link: await providersPage(local),
    result,
    deliver: (address) => deliver(address, local),
    [Symbol.asyncDispose]: () => stop('cancelled'),
  }
}

/**
 * What a person pasted: the output of `rclone authorize` on another machine, with or without its frame, as a token or
 * as a configuration in base64. INPUT_INVALID when there is no token in it.
 */
export function readPastedToken(text: string, provider: Pick<CatalogueEntry, 'options'>): SignedIn {
  const framed = /--->\s*([\s\S]*?)\s*<---/.exec(text)?.[1] ?? text
  // Terminals and mail break long lines.
  const code = framed.trim().startsWith('{') ? framed.trim() : framed.replace(/\s+/g, '')
  const direct = tokenIn(code)
  if (direct !== undefined) return { token: direct, others: {} }
  const config = Config.safeParse(jsonOf(Buffer.from(code, 'base64url').toString('utf8'))).data
  const token = tokenIn(config?.token ?? '')
  if (config === undefined || token === undefined)
    throw new HoldfastError('INPUT_INVALID', 'This is not what `rclone authorize` prints.', {
      next: 'Paste all that stands between "--->" and "<---End paste".',
    })
  // Only what the form could set too: a pasted configuration must not name a program to run.
  const known = new Set(provider.options.map(({ name }) => name))
  const others = Object.entries(config).filter(([name, value]) => known.has(name) && value !== '')
  return { token, others: Object.fromEntries(others) }
}

/** All that a sign-in takes from the options; the rest is no business of the child's. */
const SIGN_IN_OPTIONS =
  /^(client_id|client_secret|auth_url|token_url|scope|scope_access|scope_role|region|tenant|access_scopes|disable_site_permission|hostname|read_only|service_principal.*)$/

const Config = z.record(z.string(), z.string())
const Token = z.object({ access_token: z.string().min(1) })
const CALLBACK_PORT = '53682'

function tokenIn(text: string): string | undefined {
  const json = jsonOf(text)
  // As one line: rclone's configuration has no others.
  return Token.safeParse(json).success ? JSON.stringify(json) : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is an answer: the caller looks for another form.
    return undefined
  }
}

function outcomeOf(
  said: string,
  why: 'ended' | 'cancelled' | 'late',
  provider: SignInOptions['provider'],
): SignedIn {
  if (why === 'cancelled') throw new HoldfastError('CANCELLED', 'The sign-in was cancelled.')
  if (why === 'late')
    throw new HoldfastError('REMOTE_DENIED', `Nobody signed in to ${provider.name} in time.`, { next: AGAIN })
  if (said.includes('--->')) return readPastedToken(said, provider)
  if (/No code returned|access_denied|Auth Error/i.test(said))
    throw new HoldfastError('REMOTE_DENIED', `${provider.name} was told not to let Holdfast in.`, {
      next: AGAIN,
    })
  if (/failed to start auth webserver|address already in use/i.test(said))
    throw new HoldfastError('REMOTE_DENIED', 'Another sign-in is under way on this machine.', {
      next: 'End that one first, or wait until it ends by itself.',
    })
  throw unexpected(said)
}

const AGAIN = 'Sign in again.'

function unexpected(said: string): HoldfastError {
  const line = said.split('\n').find((one) => /error|failed/i.test(one)) ?? 'it ended without an answer'
  return new HoldfastError('RCLONE_DIED', `The sign-in did not work: ${withoutSecrets(line)}.`, {
    next: AGAIN,
  })
}

/** The address on this machine that rclone prints, or undefined when it ended without one. */
async function localLink(said: { text: string }, ended: Promise<void>): Promise<string | undefined> {
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over) {
    const link = /(http:\/\/(?:127\.0\.0\.1|localhost):\d+\/auth\?state=\S+)\s/.exec(said.text)?.[1]
    if (link !== undefined) return link
    await wait(20)
  }
  return undefined
}

/** rclone's own page only sends on to the provider's, which every device can reach. */
async function providersPage(local: string): Promise<string> {
  const answer = await fetch(local, { redirect: 'manual', signal: AbortSignal.timeout(5000) }).catch(
    () => undefined,
  )
  const to = answer?.headers.get('location') ?? local
  return /^https?:\/\//.test(to) ? to : local
}

async function deliver(address: string, local: string): Promise<void> {
  const given = URL.parse(address.trim())
  const own = new URL(local)
  const isOurs =
    given !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(given.hostname) && given.port === own.port
  const state = own.searchParams.get('state')
  if (!isOurs || given.searchParams.get('state') !== state)
    throw new HoldfastError('INPUT_INVALID', 'This is not the address at which this sign-in ended.', {
      next: `Copy it from the browser: it begins with http://127.0.0.1:${CALLBACK_PORT}/ or http://localhost.`,
    })
  // Told no, rclone ends before it has answered: what came of it is the result's to tell.
  await fetch(`${own.origin}/${given.search}`, { signal: AbortSignal.timeout(30_000) }).catch(() => undefined)
}
