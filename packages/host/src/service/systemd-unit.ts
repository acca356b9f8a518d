import type { ServiceScope } from '@holdfast/domain'
import { AGENT_EXIT } from './agent-exit.ts'
import { checkServiceCommand, environmentOf, type ServiceCommand } from './service-command.ts'

/** The first line of every unit that Holdfast writes: what does not begin with it is somebody else's. */
export const UNIT_MARK = '# Written by Holdfast. Changes belong into `systemctl edit holdfast`.'

/**
 * The systemd unit that starts the agent. Pure; the same command gives the same text. INPUT_INVALID for what a unit
 * can't hold.
 *
 * A backup must see, and a restore must make, whatever is on this machine. So nothing here gives the agent other eyes:
 * no mount namespace (ProtectSystem, ProtectHome, PrivateTmp, ProtectKernelTunables and their like), no PrivateUsers,
 * which would show everybody's files as nobody's, no device policy (ProtectClock and PrivateDevices bring one, and mknod
 * fails under it), and no RestrictSUIDSGID, under which a setgid folder can't be restored. What those would take away
 * besides is taken away by capability and system call.
 */
export function renderSystemdUnit(command: ServiceCommand, scope: ServiceScope): string {
  checkServiceCommand(command)
  return [
    UNIT_MARK,
    ...unitSection(command, scope),
    ...serviceSection(command),
    ...(scope === 'system' ? HARDENING : NO_HARDENING),
    '',
    '[Install]',
    `WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}`,
    '',
  ].join('\n')
}

function unitSection({ home }: ServiceCommand, scope: ServiceScope): string[] {
  const system = ['Wants=network-online.target', 'After=network-online.target time-sync.target']
  return [
    '[Unit]',
    'Description=Holdfast backup agent',
    ...(scope === 'system' ? [...system, `RequiresMountsFor=${quoted(home)}`] : []),
    '# It is tried again for as long as it takes.',
    'StartLimitIntervalSec=0',
    '',
  ]
}

function serviceSection(command: ServiceCommand): string[] {
  const [program, ...args] = [command.program, ...command.args]
  return [
    '[Service]',
    'Type=simple',
    // The program itself is no variable; in its arguments a dollar would begin one.
    `ExecStart=${[quoted(program), ...args.map((arg) => quoted(arg).replaceAll('$', '$$$$'))].join(' ')}`,
    ...environmentOf(command).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    'Nice=5',
    'Restart=on-failure',
    'RestartSec=15',
    '# Another agent on this home, and what only a person can mend.',
    `RestartPreventExitStatus=${AGENT_EXIT.homeInUse} ${AGENT_EXIT.needsPerson}`,
    '# The agent ends its own children, within ten seconds; what is left then is killed.',
    'KillMode=mixed',
    'TimeoutStopSec=15',
    '# An engine that took too much memory ends one run, not the agent.',
    'OOMPolicy=continue',
    'StandardOutput=journal',
    'StandardError=journal',
    'SyslogIdentifier=holdfast',
    '',
  ]
}

/**
 * A user's service manager may restrict a service only together with NoNewPrivileges, under which `crontab -l`, and
 * every program that a hook starts by sudo, fails.
 */
const NO_HARDENING = [
  '# It runs with the rights of the user, and no others; to take some of those away would take programs such as',
  '# crontab and sudo from it as well, whose lists and hooks belong to a backup.',
]

const HARDENING = [
  '# What a backup never needs. Everything it may have to read, or to restore, stays in reach.',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap',
  'SystemCallFilter=~sethostname setdomainname syslog bpf userfaultfd',
  'SystemCallErrorNumber=EPERM',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_ALG AF_VSOCK',
  'CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_TIME CAP_WAKE_ALARM CAP_SYSLOG CAP_SYS_BOOT CAP_SYS_RAWIO',
  'CapabilityBoundingSet=~CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_TTY_CONFIG CAP_BLOCK_SUSPEND CAP_AUDIT_CONTROL',
  'CapabilityBoundingSet=~CAP_AUDIT_READ CAP_BPF CAP_PERFMON CAP_CHECKPOINT_RESTORE CAP_IPC_OWNER CAP_NET_BROADCAST',
  'KeyringMode=private',
]

/** A word as systemd reads it: quoted, and its specifiers said plainly. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}
