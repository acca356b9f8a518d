import { fileURLToPath } from 'node:url'
import { HoldfastError, type ServiceScope, type ServiceStatus } from '@holdfast/domain'
import { createMachineService, currentUserName, type MachineService, serviceSettings } from '@holdfast/host'
import { agentAnswers, callAgent } from '../agent/agent-client.ts'
import { requireThisMachine } from '../agent/this-machine.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import type { Settings } from '../settings.ts'

type Whose = { readonly system?: boolean; readonly user?: boolean }

/** `holdfast service status`: exits 1 when nothing starts Holdfast with the machine. */
export async function serviceStatus(call: Call, options: Whose): Promise<ExitCode> {
  const { service } = openService(call.settings, options)
  return await answer(call, await service.status(call.settings.signal))
}

/** `holdfast service install`: by the agent where one runs, which notes it; from here otherwise. */
export async function serviceInstall(
  call: Call,
  options: Whose & { readonly start: boolean },
): Promise<ExitCode> {
  const { service, scope, natural } = openService(call.settings, options)
  if (scope !== undefined) requireRoot(call.settings, scope)
  const { signal } = call.settings
  const runs = await agentAnswers(call.settings)
  const by = runs && natural ? serviceOfAgent(call.settings) : service
  return await answer(call, await by.install({ start: options.start && !runs, signal }))
}

/** `holdfast service uninstall`. */
export async function serviceUninstall(
  call: Call,
  options: Whose & { readonly stop?: boolean },
): Promise<ExitCode> {
  const { stop = false } = options
  if (stop) requireThisMachine(call.settings, '--stop counts')
  const { service, scope, natural } = openService(call.settings, options)
  if (scope !== undefined) requireRoot(call.settings, scope)
  const { signal } = call.settings
  // An agent can't say in its answer that it was ended.
  const byAgent = !stop && natural && (await agentAnswers(call.settings))
  const by = byAgent ? serviceOfAgent(call.settings) : service
  await answer(call, await by.uninstall({ stop, signal }))
  return EXIT.ok
}

/** The service of this machine, or of the agent elsewhere; `natural` when an agent would choose the same. */
function openService(
  settings: Settings,
  options: Whose,
): { service: MachineService; scope: ServiceScope | undefined; natural: boolean } {
  if (options.system === true && options.user === true)
    throw new HoldfastError('USAGE', 'Give --system or --user, not both.')
  const asked = options.system === true ? 'system' : options.user === true ? 'user' : undefined
  if (asked !== undefined) requireThisMachine(settings, `--${asked} counts`)
  if (settings.agent !== undefined)
    return { service: serviceOfAgent(settings), scope: undefined, natural: true }
  const from = {
    ...{ environment: settings.userVariables, platform: process.platform, uid: process.getuid?.() ?? -1 },
    ...{ userName: currentUserName(), userHome: settings.userHome, home: settings.home },
    ...{ program: process.execPath, path: settings.path },
    mainFile: fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url)),
  }
  const usual = serviceSettings(from)
  const chosen = asked === undefined ? usual : serviceSettings({ ...from, scope: asked })
  if (usual === undefined || chosen === undefined)
    throw new HoldfastError('SERVICE_UNSUPPORTED', 'HOLDFAST_SERVICE is off.', { next: 'Take it away.' })
  const { scope } = chosen.system
  const service = createMachineService(chosen.system, chosen.command)
  return { service, scope, natural: scope === usual.system.scope }
}

/** The same by an agent that runs, which starts and ends nothing. */
function serviceOfAgent(settings: Settings): MachineService {
  const { signal } = settings
  return {
    status: () => callAgent(settings, (agent) => agent.service.status.query(undefined, { signal })),
    install: () => callAgent(settings, (agent) => agent.service.install.mutate(undefined, { signal })),
    uninstall: () => callAgent(settings, (agent) => agent.service.uninstall.mutate(undefined, { signal })),
  }
}

function requireRoot({ isRoot }: Settings, scope: ServiceScope): void {
  if (scope === 'system' && !isRoot)
    throw new HoldfastError('NOT_ALLOWED', 'The service of the whole machine is set up by root.', {
      next: 'Run it as root, or leave out --system for a service of your own.',
    })
}

async function answer({ settings, output }: Call, status: ServiceStatus): Promise<ExitCode> {
  const agentRuns = await agentAnswers(settings)
  output.answer({ ...status, agentRuns }, linesOf(status, agentRuns))
  if (status.kind === 'systemd' && status.enabled && status.leftOut.length > 0)
    output.note(`the service is not given ${status.leftOut.join(', ')}, which may hold a secret.`)
  return status.kind === 'systemd' && status.enabled ? EXIT.ok : EXIT.failed
}

function linesOf(status: ServiceStatus, agentRuns: boolean): string[] {
  switch (status.kind) {
    case 'systemd': {
      const control = status.scope === 'user' ? 'systemctl --user' : 'systemctl'
      if (!status.enabled) return [status.sentence, 'Next: holdfast service install']
      return [
        status.sentence,
        `Unit: ${status.path}`,
        ...(status.running ? [`It runs now; its log: journal${control.slice(6)} -u holdfast`] : []),
        ...(!status.running && agentRuns
          ? [`An agent that was started by hand runs now. Once it has ended: ${control} start holdfast`]
          : []),
      ]
    }
    case 'unsupported': {
      const { title, path, text, commands, tried } = status.byHand
      return [
        status.sentence,
        ...['', `${title}${path === null ? '' : `, ${path}`}${tried ? '' : ' (not tried by us)'}:`, text, ''],
        ...commands,
      ]
    }
    case 'unknown':
      return [status.sentence]
    default:
      return status satisfies never
  }
}
