import { HoldfastError } from '@holdfast/domain'
import { type ProgramEnd, runProgram } from '../run-program.ts'
import type { ServiceSystem } from './service-system.ts'

const UNIT = 'holdfast.service'
const PATIENCE_MS = 15_000

/** What systemd knows of the unit. */
export type UnitFacts = {
  readonly enabled: boolean
  readonly masked: boolean
  readonly running: boolean
}

/**
 * Asks systemd about the unit. SERVICE_FAILED when it does not answer, as a user's own does not where nobody is signed
 * in.
 */
export async function unitFacts(system: ServiceSystem, signal?: AbortSignal): Promise<UnitFacts> {
  const names = ['LoadState', 'UnitFileState', 'ActiveState']
  const text = await systemctl(system, ['show', UNIT, `--property=${names.join(',')}`], signal)
  const facts = new Map(
    text
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  return {
    enabled: ['enabled', 'enabled-runtime', 'linked', 'static'].includes(facts.get('UnitFileState') ?? ''),
    masked: facts.get('LoadState') === 'masked',
    running: ['active', 'activating', 'reloading'].includes(facts.get('ActiveState') ?? ''),
  }
}

/** Reads all units again. SERVICE_FAILED with what systemd says. */
export async function reloadUnits(system: ServiceSystem, signal?: AbortSignal): Promise<void> {
  await systemctl(system, ['daemon-reload'], signal)
}

/** Lets the machine start the unit from now on; also now with `start`. SERVICE_FAILED. */
export async function enableUnit(
  system: ServiceSystem,
  { start, signal }: { readonly start: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await systemctl(system, ['enable', UNIT], signal)
  if (start) await systemctl(system, ['start', UNIT], signal)
}

/** The machine starts the unit no more; one that runs goes on without `stop`. SERVICE_FAILED. */
export async function disableUnit(
  system: ServiceSystem,
  { stop, signal }: { readonly stop: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await systemctl(system, ['disable', ...(stop ? ['--now'] : []), UNIT], signal)
}

/** Lets the user's services start with the machine; false where the user may not say so. Never rejects but to cancel. */
export async function enableLinger(system: ServiceSystem, signal?: AbortSignal): Promise<boolean> {
  try {
    const words = ['--no-ask-password', 'enable-linger', system.userName]
    return (await ask(system, [system.loginctl, ...words], signal)).exitCode === 0
  } catch (error) {
    signal?.throwIfAborted()
    // A machine without loginctl has no users that linger either: the answer is the same.
    if (error instanceof HoldfastError) return false
    throw error
  }
}

async function systemctl(
  system: ServiceSystem,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const whose = system.scope === 'user' ? ['--user'] : ['--system']
  const command = [system.systemctl, ...whose, '--no-ask-password', '--no-pager', ...words]
  const end = await ask(system, command, signal)
  if (end.exitCode === 0) return end.stdout
  const said = end.stderr.trim().split('\n')[0] ?? ''
  throw new HoldfastError(
    'SERVICE_FAILED',
    `systemctl ${words[0]} ${end.exitCode === null ? 'took too long' : 'failed'}${said === '' ? '.' : `: ${said}`}`,
  )
}

async function ask(
  { environment }: ServiceSystem,
  command: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ProgramEnd> {
  try {
    return await runProgram(command, { environment, timeoutMs: PATIENCE_MS, signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new HoldfastError('SERVICE_FAILED', `${command[0]} can’t be started.`, { cause })
  }
}
