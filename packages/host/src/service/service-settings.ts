import { delimiter, join } from 'node:path'
import { HoldfastError, SERVICE_SCOPES, type ServiceScope } from '@holdfast/domain'
import { z } from 'zod'
import type { ServiceCommand } from './service-command.ts'
import { serviceEnvironment } from './service-environment.ts'
import { type ServiceSystem, serviceSystemOf } from './service-system.ts'

/** Holdfast as a service of this machine: who starts it, and what. */
export type ServiceSettings = { readonly system: ServiceSystem; readonly command: ServiceCommand }

/**
 * What this machine's environment makes of the service: of the machine for root, else of the user, unless `scope` or
 * HOLDFAST_SERVICE say otherwise. Undefined when that says `off`. INPUT_INVALID for another word.
 */
export function serviceSettings(from: {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly uid: number
  readonly userName: string
  readonly userHome: string
  /** The folder of all local state. */
  readonly home: string
  /** Node, and the agent's own file. */
  readonly program: string
  readonly mainFile: string
  /** Where programs are looked for; rclone may also lie in the home. */
  readonly path: string
  readonly scope?: ServiceScope | undefined
}): ServiceSettings | undefined {
  const { environment, platform, uid, userName, userHome, home, program, mainFile } = from
  const asked = z.enum(['auto', 'off', ...SERVICE_SCOPES]).safeParse(environment.HOLDFAST_SERVICE || 'auto')
  if (!asked.success)
    throw new HoldfastError('INPUT_INVALID', 'HOLDFAST_SERVICE is one of auto, off, user, system.', {
      next: 'Correct it, or take it away.',
    })
  if (asked.data === 'off') return undefined
  const natural = uid === 0 ? 'system' : 'user'
  const scope = from.scope ?? (asked.data === 'auto' ? natural : asked.data)
  const own = join(home, 'bin')
  const path = from.path.split(delimiter).includes(own) ? from.path : `${from.path}${delimiter}${own}`
  const { kept, leftOut } = serviceEnvironment(environment)
  // What starts by this service looks for itself where it is.
  const told = scope === natural ? kept : { ...kept, HOLDFAST_SERVICE: scope }
  return {
    system: serviceSystemOf({ platform, scope, userName, uid, userHome, path, variables: environment }),
    command: {
      ...{ program, args: ['--disable-warning=ExperimentalWarning', LITTLE_YOUNG, mainFile] },
      ...{ home, userHome, path, environment: { ...LITTLE_HELD, ...told }, leftOut },
    },
  }
}

/**
 * What is new in memory is looked through sooner, threads share what is held for them, and what is large goes back to
 * the system when it is freed: docs/performance.md.
 */
const LITTLE_YOUNG = '--max-semi-space-size=2'
const LITTLE_HELD = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }
