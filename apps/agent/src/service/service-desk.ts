import type { ServicePort } from '@holdfast/api'
import { HoldfastError, MINUTE_MS, type ServiceStatus, startsWithMachine } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { createMachineService, type MachineService } from '@holdfast/host'
import { actOf, auditActor } from '../audit.ts'
import type { AgentServiceSettings } from '../config.ts'

export type ServiceDesk = {
  readonly port: ServicePort
  /** Whether a restart of the machine starts the agent again, at most a minute old; undefined where nobody knows. */
  startsWithMachine(): Promise<boolean | undefined>
}

const FRESH_MS = MINUTE_MS
const NOBODY_LOOKS: ServiceStatus = {
  kind: 'unknown',
  sentence: 'Whether this Holdfast starts with the machine is not looked at here.',
}

const OTHER_UNIT: ServiceStatus = {
  kind: 'unknown',
  sentence: 'Holdfast was started by a service of this machine that somebody else set up. It is left alone.',
}

/** Lets the machine start this agent, and tells the home screen whether it does. */
export function createServiceDesk(parts: {
  readonly settings: AgentServiceSettings | undefined
  readonly history: Pick<History, 'audit'>
  readonly now: () => Date
  readonly publish: () => void
}): ServiceDesk {
  const { settings, history, now } = parts
  const service: MachineService | undefined =
    settings && createMachineService(settings.system, settings.command)
  let known: { readonly at: number; readonly status: Promise<ServiceStatus> } | undefined

  async function look(signal?: AbortSignal): Promise<ServiceStatus> {
    if (service === undefined) return NOBODY_LOOKS
    return settings?.otherUnit === true ? OTHER_UNIT : await service.status(signal)
  }

  async function change(
    act: 'service.install' | 'service.uninstall',
    actor: Parameters<ServicePort['install']>[0],
  ): Promise<ServiceStatus> {
    if (service === undefined || settings?.otherUnit === true)
      throw new HoldfastError('SERVICE_UNSUPPORTED', (await look()).sentence)
    const before = await look()
    // The agent that answers here is the one that would be started or stopped.
    const after =
      act === 'service.install'
        ? await service.install({ start: false })
        : await service.uninstall({ stop: false })
    known = undefined
    const subject = settings?.system.scope ?? ''
    const what = { act, subject, at: now(), before: told(before), after: told(after) }
    await history.audit.append(actOf(auditActor(actor), what))
    parts.publish()
    return after
  }

  return {
    port: {
      status: look,
      install: (actor) => change('service.install', actor),
      uninstall: (actor) => change('service.uninstall', actor),
    },
    async startsWithMachine() {
      if (service === undefined || settings === undefined) return undefined
      if (settings.otherUnit) return true
      const at = now().getTime()
      if (known === undefined || Math.abs(at - known.at) > FRESH_MS) known = { at, status: look() }
      return startsWithMachine(await known.status)
    },
  }
}

/** For the audit trail. */
function told(status: ServiceStatus): object {
  return status.kind === 'systemd'
    ? { enabled: status.enabled, atBoot: status.atBoot, path: status.path }
    : { kind: status.kind }
}
