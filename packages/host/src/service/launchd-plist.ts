import { checkServiceCommand, environmentOf, type ServiceCommand } from './service-command.ts'

export const LAUNCHD_LABEL = 'holdfast.agent'

/** The launch agent of macOS that starts Holdfast when the user signs in. Pure. Not run on a Mac by anybody yet. */
export function renderLaunchdPlist(command: ServiceCommand): string {
  checkServiceCommand(command)
  const log = `${command.userHome}/Library/Logs/Holdfast.log`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...pair('Label', string(LAUNCHD_LABEL)),
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...[command.program, ...command.args].map((word) => `    ${string(word)}`),
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    ...environmentOf(command).flatMap(([name, value]) => [
      `    <key>${escaped(name)}</key>`,
      `    ${string(value)}`,
    ]),
    '  </dict>',
    ...pair('RunAtLoad', '<true/>'),
    '  <key>KeepAlive</key>',
    '  <dict>',
    '    <key>SuccessfulExit</key>',
    '    <false/>',
    '  </dict>',
    ...pair('ThrottleInterval', '<integer>15</integer>'),
    ...pair('ExitTimeOut', '<integer>15</integer>'),
    ...pair('Nice', '<integer>10</integer>'),
    ...pair('ProcessType', string('Background')),
    ...pair('StandardOutPath', string(log)),
    ...pair('StandardErrorPath', string(log)),
    '</dict>',
    '</plist>',
    '',
  ].join('\n')
}

function pair(key: string, value: string): string[] {
  return [`  <key>${key}</key>`, `  ${value}`]
}

function string(text: string): string {
  return `<string>${escaped(text)}</string>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
