import { checkServiceCommand, environmentOf, type ServiceCommand } from './service-command.ts'

/**
 * The task of Windows' Task Scheduler that starts Holdfast when the user signs in. A task has no environment of its own:
 * Node reads one from `environmentFile`. Pure. Not run on Windows by anybody yet.
 */
export function renderWindowsTask(command: ServiceCommand, environmentFile: string): string {
  checkServiceCommand(command)
  const args = [`--env-file=${environmentFile}`, ...command.args].map(windowsQuoted).join(' ')
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    '    <Description>Holdfast backup agent</Description>',
    '    <URI>\\Holdfast</URI>',
    '  </RegistrationInfo>',
    '  <Triggers>',
    '    <LogonTrigger>',
    '      <Enabled>true</Enabled>',
    '    </LogonTrigger>',
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    '      <LogonType>InteractiveToken</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <Priority>7</Priority>',
    '    <RestartOnFailure>',
    '      <Interval>PT1M</Interval>',
    '      <Count>999</Count>',
    '    </RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    `      <Command>${escaped(command.program)}</Command>`,
    `      <Arguments>${escaped(args)}</Arguments>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n')
}

/** The environment as Node's --env-file reads it: a quote takes everything but itself as it is. */
export function renderEnvironmentFile(command: ServiceCommand): string {
  return environmentOf(command)
    .map(([name, value]) => {
      const quote = value.includes("'") ? '`' : "'"
      return `${name}=${quote}${value}${quote}\r\n`
    })
    .join('')
}

/** One argument as Windows programs read their command line. */
function windowsQuoted(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text
  const body = text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')
  return `"${body}"`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
