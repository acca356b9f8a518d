import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError, isHoldfastError, type ServiceStatus } from '@holdfast/domain'
import {
  disableUnit,
  enableLinger,
  enableUnit,
  reloadUnits,
  type UnitFacts,
  unitFacts,
} from './ask-systemd.ts'
import { serviceByHand } from './service-by-hand.ts'
import type { ServiceCommand } from './service-command.ts'
import type { ServiceSystem } from './service-system.ts'
import { renderSystemdUnit } from './systemd-unit.ts'
import { readUnitFile, removeUnitFile, type UnitFile, writeUnitFile } from './unit-file.ts'

/** Holdfast as something that this machine starts. */
export type MachineService = {
  /** Never rejects but to cancel: a system that does not answer is `unknown`, and the sentence says why. */
  status(signal?: AbortSignal): Promise<ServiceStatus>
  /**
   * Writes the unit and lets the machine start it from now on, and at once with `start`. Repeating it brings the unit up
   * to date. When systemd refuses, the file is as it was before. SERVICE_UNSUPPORTED, SERVICE_FAILED, NOT_ALLOWED,
   * INPUT_INVALID when the unit is somebody else's or another home's.
   */
  install(options: {
    readonly start: boolean
    readonly signal?: AbortSignal | undefined
  }): Promise<ServiceStatus>
  /** The machine starts it no more. What runs goes on without `stop`. The same errors; nothing to do when not there. */
  uninstall(options: {
    readonly stop: boolean
    readonly signal?: AbortSignal | undefined
  }): Promise<ServiceStatus>
}

/** The service of one agent on one machine. */
export function createMachineService(system: ServiceSystem, command: ServiceCommand): MachineService {
  const { unitFile, scope } = system
  const has = () => system.platform === 'linux' && existsSync(system.bootedDir)

  async function status(signal?: AbortSignal): Promise<ServiceStatus> {
    if (!has()) return unsupported(system, command)
    try {
      const [facts, file] = [await unitFacts(system, signal), await readUnitFile(unitFile)]
      return statusOf(system, command, { facts, file })
    } catch (error) {
      signal?.throwIfAborted()
      const why = isHoldfastError(error) ? error.message : 'its unit can’t be read.'
      return { kind: 'unknown', sentence: `Whether Holdfast starts with this machine is not known: ${why}` }
    }
  }

  async function ours(): Promise<UnitFile> {
    if (!has()) throw new HoldfastError('SERVICE_UNSUPPORTED', unsupported(system, command).sentence)
    const file = await readUnitFile(unitFile)
    if (file.kind === 'foreign') throw notOurs(`${unitFile} was not written by Holdfast.`)
    if (file.kind === 'ours' && !startsThisHome(file.text, system, command))
      throw notOurs(`${unitFile} starts Holdfast on another home.`)
    return file
  }

  return {
    status,
    async install({ start, signal }) {
      if (has() && (await unitFacts(system, signal)).masked) throw notOurs('holdfast.service is masked.')
      const before = await ours()
      if (command.leftOut.includes('HOLDFAST_CONFIG_KEY'))
        throw new HoldfastError(
          'INPUT_INVALID',
          'The key of this home’s configuration comes from HOLDFAST_CONFIG_KEY, which a service can’t be given.',
          {
            next: 'Let HOLDFAST_CONFIG_KEY_FROM keep it elsewhere, or HOLDFAST_CONFIG_KEY_COMMAND print it.',
          },
        )
      if (command.leftOut.includes('HOLDFAST_RCLONE_RC_PASSWORD'))
        throw new HoldfastError(
          'INPUT_INVALID',
          'The password of the borrowed rclone comes from HOLDFAST_RCLONE_RC_PASSWORD, which a service can’t be given.',
          { next: 'Put it into a file, and name that in HOLDFAST_RCLONE_RC_PASSWORD_FILE.' },
        )
      await writeUnitFile(unitFile, renderSystemdUnit(command, scope))
      try {
        await reloadUnits(system, signal)
        await enableUnit(system, { start, signal })
      } catch (error) {
        await putBack(system, before)
        throw error
      }
      if (scope === 'user') await enableLinger(system, signal)
      return await status(signal)
    },
    async uninstall({ stop, signal }) {
      if ((await ours()).kind === 'none') return await status(signal)
      await disableUnit(system, { stop, signal })
      await removeUnitFile(unitFile)
      await reloadUnits(system, signal)
      return await status(signal)
    },
  }
}

function notOurs(sentence: string): HoldfastError {
  return new HoldfastError('INPUT_INVALID', sentence, {
    next: 'Look at it, and take it away yourself if it is not needed any more.',
  })
}

async function putBack(system: ServiceSystem, before: UnitFile): Promise<void> {
  if (before.kind === 'none') await removeUnitFile(system.unitFile)
  else await writeUnitFile(system.unitFile, before.text)
  // What systemd said first is what counts.
  await reloadUnits(system).catch(() => undefined)
}

const lineOf = (text: string, start: string) => text.split('\n').find((line) => line.startsWith(start))

function startsThisHome(text: string, { scope }: ServiceSystem, command: ServiceCommand): boolean {
  const home = 'Environment="HOLDFAST_HOME='
  return lineOf(text, home) === lineOf(renderSystemdUnit(command, scope), home)
}

function unsupported(
  { platform, uid }: ServiceSystem,
  command: ServiceCommand,
): Extract<ServiceStatus, { kind: 'unsupported' }> {
  const byHand = serviceByHand(command, { platform, uid })
  const sentence =
    platform === 'linux'
      ? 'This machine is not run by systemd, so Holdfast can’t set up its own start. A line in your crontab does it.'
      : 'Holdfast does not set up its own start on this system. What it takes is written here; nobody has tried it yet.'
  return { kind: 'unsupported', sentence, byHand }
}

function statusOf(
  system: ServiceSystem,
  command: ServiceCommand,
  { facts, file }: { readonly facts: UnitFacts; readonly file: UnitFile },
): ServiceStatus {
  const { scope, unitFile: path } = system
  const here = file.kind === 'ours' && startsThisHome(file.text, system, command)
  const atBoot = scope === 'system' || existsSync(join(system.lingerDir, system.userName))
  const now = renderSystemdUnit(command, scope)
  const outdated = here && lineOf(file.text, 'ExecStart=') !== lineOf(now, 'ExecStart=')
  const known = {
    ...{ scope, path, installed: here, enabled: here && facts.enabled, atBoot, outdated },
    leftOut: command.leftOut,
  }
  const sentence = sentenceOf({ ...known, masked: facts.masked, file, userName: system.userName })
  return { kind: 'systemd', ...known, running: here && facts.running, sentence }
}

function sentenceOf(known: {
  readonly installed: boolean
  readonly enabled: boolean
  readonly atBoot: boolean
  readonly outdated: boolean
  readonly masked: boolean
  readonly file: UnitFile
  readonly userName: string
}): string {
  if (known.masked) return 'The service holdfast is masked on this machine: it can’t be started.'
  if (known.file.kind === 'foreign')
    return 'There is a service holdfast that somebody else wrote. Holdfast leaves it alone.'
  if (known.file.kind === 'ours' && !known.installed)
    return 'The service holdfast starts another home of Holdfast, not this one.'
  if (!known.installed) return 'Nothing starts Holdfast after a restart of this machine.'
  if (!known.enabled) return 'The service is there but switched off: nothing starts Holdfast after a restart.'
  if (known.outdated)
    return 'Holdfast starts with this machine, but from where it was before. Install the service again.'
  if (known.atBoot) return 'Holdfast starts with this machine.'
  return `Holdfast starts when ${known.userName} signs in. To start it before that, an administrator runs loginctl enable-linger ${known.userName}.`
}
