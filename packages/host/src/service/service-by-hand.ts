import type { ServiceByHand } from '@holdfast/domain'
import { LAUNCHD_LABEL, renderLaunchdPlist } from './launchd-plist.ts'
import { environmentOf, type ServiceCommand } from './service-command.ts'
import { renderEnvironmentFile, renderWindowsTask } from './windows-task.ts'

/** What a person does on a machine whose service system Holdfast does not set up itself. Pure. */
export function serviceByHand(
  command: ServiceCommand,
  { platform, uid }: { readonly platform: NodeJS.Platform; readonly uid: number },
): ServiceByHand {
  switch (platform) {
    case 'darwin':
      return launchAgent(command, uid)
    case 'win32':
      return task(command)
    default:
      return {
        ...{ title: 'A line for your crontab', path: null, text: crontabLine(command) },
        ...{ commands: ['crontab -e'], tried: true },
      }
  }
}

function launchAgent(command: ServiceCommand, uid: number): ServiceByHand {
  const path = `${command.userHome}/Library/LaunchAgents/${LAUNCHD_LABEL}.plist`
  return {
    ...{ title: 'A launch agent', path, text: renderLaunchdPlist(command), tried: false },
    commands: [`launchctl bootstrap gui/${uid} ${shellQuoted(path)}`],
  }
}

function task(command: ServiceCommand): ServiceByHand {
  const [path, environment] = [`${command.home}\\holdfast-task.xml`, `${command.home}\\service.env`]
  return {
    ...{ title: 'A task, in UTF-16, and its environment', path, tried: false },
    text: `${renderWindowsTask(command, environment)}\r\n${environment}:\r\n${renderEnvironmentFile(command)}`,
    commands: [`schtasks /Create /TN Holdfast /XML "${path}"`],
  }
}

/** Cron hands the line to a shell, and takes every bare percent sign for the end of it. */
function crontabLine(command: ServiceCommand): string {
  const variables = environmentOf(command).map(([name, value]) => `${name}=${shellQuoted(value)}`)
  const words = [command.program, ...command.args].map(shellQuoted)
  const log = shellQuoted(`${command.home}/agent.log`)
  const line = [...variables, 'nice', '-n', '10', ...words, `>>${log}`, '2>&1'].join(' ')
  return `@reboot ${line.replaceAll('%', '\\%')}`
}

function shellQuoted(text: string): string {
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
