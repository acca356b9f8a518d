import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceScope } from '@holdfast/domain'

/** What starts things on this machine, and for whom. */
export type ServiceSystem = {
  readonly platform: NodeJS.Platform
  readonly scope: ServiceScope
  readonly userName: string
  readonly uid: number
  /** Programs, by name or path. */
  readonly systemctl: string
  readonly loginctl: string
  /** What those get as their environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly unitFile: string
  /** It is there while systemd runs the machine. */
  readonly bootedDir: string
  /** Holds a file for each user whose services start with the machine. */
  readonly lingerDir: string
}

const UNIT = 'holdfast.service'

/** The machine as it usually is. `variables` say where the user's own systemd listens; without them, the usual place. */
export function serviceSystemOf(person: {
  readonly platform: NodeJS.Platform
  readonly scope: ServiceScope
  readonly userName: string
  readonly uid: number
  readonly userHome: string
  readonly path: string
  readonly variables: Readonly<Record<string, string | undefined>>
}): ServiceSystem {
  const { platform, scope, userName, uid, userHome, path, variables } = person
  const config = variables.XDG_CONFIG_HOME ?? join(userHome, '.config')
  const runtime = variables.XDG_RUNTIME_DIR ?? `/run/user/${uid}`
  const bus = variables.DBUS_SESSION_BUS_ADDRESS
  return {
    ...{ platform, scope, userName, uid, systemctl: 'systemctl', loginctl: 'loginctl' },
    environment: {
      ...{ PATH: path, HOME: userHome, LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' },
      ...(existsSync(runtime) ? { XDG_RUNTIME_DIR: runtime } : {}),
      ...(bus === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: bus }),
      ...(variables.XDG_CONFIG_HOME === undefined ? {} : { XDG_CONFIG_HOME: config }),
    },
    unitFile: scope === 'system' ? `/etc/systemd/system/${UNIT}` : join(config, 'systemd', 'user', UNIT),
    bootedDir: '/run/systemd/system',
    lingerDir: '/var/lib/systemd/linger',
  }
}
