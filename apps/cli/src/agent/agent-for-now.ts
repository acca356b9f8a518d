import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '@holdfast/domain'
import type { Settings } from '../settings.ts'
import { agentAnswers } from './agent-client.ts'

const START_AT_MOST_MS = 60_000
const LOOK_MS = 100
const SECRETS = ['HOLDFAST_PASSPHRASE', 'HOLDFAST_NEW_PASSPHRASE', 'HOLDFAST_NEW_CONFIG_KEY']

/**
 * Makes sure that an agent runs on this home: the one that is there, or one on a free port that ends when this is
 * disposed. AGENT_UNREACHABLE with its last words when it does not start.
 */
export async function agentForNow(
  settings: Settings,
): Promise<AsyncDisposable & { readonly started: boolean }> {
  if (await agentAnswers(settings)) return { started: false, [Symbol.asyncDispose]: async () => undefined }
  const env = Object.fromEntries(
    Object.entries(settings.userVariables).filter(([name]) => !SECRETS.includes(name)),
  )
  const main = fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    // Its own group: Ctrl-C reaches us, and we end it.
    ...{ detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    env: { ...env, HOLDFAST_HOME: settings.home, HOLDFAST_PORT: '0', HOLDFAST_SERVICE: 'off' },
  })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-1000)
  })
  let gone = false
  const end = once(child, 'close').then(() => {
    gone = true
  })
  const stop = async () => {
    if (!gone) child.kill('SIGTERM')
    await end
  }
  for (let waitedMs = 0; !(await agentAnswers(settings)); waitedMs += LOOK_MS) {
    if (gone || waitedMs > START_AT_MOST_MS || settings.signal.aborted) {
      await stop()
      settings.signal.throwIfAborted()
      throw new HoldfastError('AGENT_UNREACHABLE', `The agent did not start: ${lastWords.trim()}`)
    }
    await wait(LOOK_MS)
  }
  return { started: true, [Symbol.asyncDispose]: stop }
}
