import { readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOLDFAST_VERSION, HoldfastError } from '@holdfast/domain'
import {
  type ConfigKeySettings,
  configKeySettings,
  currentUserName,
  findKeyring,
  type ServiceSettings,
  serviceSettings,
  withoutOwn,
} from '@holdfast/host'
import type { RcloneAddress } from '@holdfast/rclone'
import { z } from 'zod'
import { type DnsSdSettings, USUAL_DNS_SD } from './machines/multicast.ts'

/** All that can be set from outside. The agent reads no other setting and, but for this file, no environment. */
export type AgentConfig = {
  /** The folder that holds all local state; absolute. */
  readonly home: string
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** Origins beside localhost under which browsers reach the agent, `https://name:port`. */
  readonly origins: readonly string[]
  /** Where programs are looked for. */
  readonly path: string
  /** The user's own rclone.conf, read only, and only when a plan names a remote of it. */
  readonly userRcloneConfig: readonly string[]
  /** The home folder of the user who is backed up. */
  readonly userHome: string
  /** Where that user's environment puts things, and what programs that list what is installed need of it. */
  readonly userVariables: Readonly<Record<string, string>>
  /** The exported screens. */
  readonly webDir: string
  readonly version: string
  /** Makes the demo plan when the home has no plan yet. */
  readonly demo: boolean
  /** Where the key that seals the home's configuration is kept; the home's own file when nothing is said. */
  readonly configKey?: ConfigKeySettings
  /** Servers that messages may go to besides the usual ones: push services (`host:port`), and their authorities. */
  readonly outbound?: { readonly pushHosts: readonly string[]; readonly ca?: string | undefined }
  /** The agent on the local network; with nothing said it is off until an owner turns it on. */
  readonly lan?: LanSettings
  /** Tells the network, once it is served, that this machine is here; with nothing said it does not. */
  readonly dnsSd?: DnsSdSettings
  /** How this machine starts the agent; with nothing said nobody looks, and no verdict is made of it. */
  readonly service?: AgentServiceSettings | undefined
  /** Where the program is installed, to be kept in each vault; with nothing said it is not. */
  readonly programRoot?: string | undefined
  /** Where Node keeps what it compiled of the program; in the home when nothing is said. */
  readonly codeCache?: string | undefined
  /** How the program prints its log: words for people, or one JSON object a line. */
  readonly log?: 'text' | 'json'
  /** An rclone on this machine that somebody else runs, to use in place of one of its own; docs/embedding.md. */
  readonly rclone?: RcloneAddress | undefined
  /** Prints a one-time code even though a device is paired. */
  readonly pair: boolean
}

/** The agent as a service of the machine. */
export type AgentServiceSettings = ServiceSettings & {
  /** This very process was started by systemd, by a unit that is not ours. */
  readonly otherUnit: boolean
}

/** How the agent serves the local network once that is on. */
export type LanSettings = {
  /** On whatever was set. */
  readonly on: boolean
  readonly bind: string
  /** 0 takes any free port, here and below. */
  readonly port: number
  readonly onboardingPort: number
  readonly hostName: string
  /** The owner's own certificate and key, in place of one made here. */
  readonly files: { readonly cert: string; readonly key: string } | undefined
}

const Environment = z.object({
  HOLDFAST_HOME: z.string().min(1).optional(),
  HOLDFAST_PORT: z.coerce.number().int().min(0).max(65_535).default(8421),
  HOLDFAST_BIND: z.string().min(1).max(255).default('127.0.0.1'),
  HOLDFAST_ORIGINS: z.string().default('').transform(splitOrigins),
  HOLDFAST_PUSH_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((host) => host !== '')),
  HOLDFAST_LAN: z.enum(['0', '1']).default('0'),
  HOLDFAST_LAN_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
  HOLDFAST_LAN_HELP_PORT: z.coerce.number().int().min(0).max(65_535).default(8480),
  HOLDFAST_DNS_SD: z.enum(['0', '1']).default('1'),
  HOLDFAST_TLS_CERT: z.string().min(1).optional(),
  HOLDFAST_TLS_KEY: z.string().min(1).optional(),
  HOLDFAST_RCLONE_RC_URL: z.string().min(1).optional(),
  HOLDFAST_RCLONE_RC_USER: z.string().min(1).optional(),
  HOLDFAST_RCLONE_RC_PASSWORD: z.string().min(1).optional(),
  HOLDFAST_RCLONE_RC_PASSWORD_FILE: z.string().min(1).optional(),
  NODE_COMPILE_CACHE: z.string().min(1).optional(),
  HOLDFAST_KEEP_PROGRAM: z.enum(['0', '1']).default('1'),
  HOLDFAST_LOG: z.enum(['text', 'json']).default('text'),
  HOLDFAST_CA_FILE: z.string().min(1).optional(),
  HOLDFAST_WEB_DIR: z.string().min(1).optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  RCLONE_CONFIG: z.string().min(1).optional(),
  XDG_CONFIG_HOME: z.string().min(1).optional(),
  XDG_DATA_HOME: z.string().min(1).optional(),
})

/** Reads environment and arguments. Rejects what is not valid with INPUT_INVALID and the name of the variable. */
export function readConfig(env: NodeJS.ProcessEnv, argv: readonly string[]): AgentConfig {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new HoldfastError(
      'INPUT_INVALID',
      `${issue?.path.join('.') ?? 'environment'}: ${issue?.message ?? 'not valid'}`,
    )
  }
  const values = parsed.data
  const unknown = argv.find((argument) => argument !== '--demo' && argument !== '--pair')
  if (unknown !== undefined)
    throw new HoldfastError('USAGE', `The agent does not know ${unknown}.`, {
      next: 'It takes --demo and --pair; everything else is set by variables, see .env.example.',
    })
  const dataDir = values.XDG_DATA_HOME ?? join(homedir(), '.local', 'share')
  const home = resolve(values.HOLDFAST_HOME ?? join(dataDir, 'holdfast'))
  return {
    home,
    port: values.HOLDFAST_PORT,
    bind: values.HOLDFAST_BIND,
    origins: values.HOLDFAST_ORIGINS,
    path: values.PATH,
    userRcloneConfig: userRcloneConfig(values),
    userHome: homedir(),
    userVariables: userVariables(env),
    webDir: values.HOLDFAST_WEB_DIR ?? fileURLToPath(new URL('../../web/out', import.meta.url)),
    version: HOLDFAST_VERSION,
    configKey: configKeySettings(env, () =>
      findKeyring({ platform: process.platform, path: values.PATH, environment: withoutOwn(env) }),
    ),
    outbound: {
      pushHosts: values.HOLDFAST_PUSH_HOSTS,
      ca: readNamed('HOLDFAST_CA_FILE', values.HOLDFAST_CA_FILE),
    },
    lan: lanSettings(values),
    dnsSd: { ...USUAL_DNS_SD, announce: values.HOLDFAST_DNS_SD === '1' },
    // A demo is not to outlive a restart, unless somebody says so.
    service:
      argv.includes('--demo') && env.HOLDFAST_SERVICE === undefined
        ? undefined
        : agentService(env, { home, path: values.PATH }),
    programRoot:
      argv.includes('--demo') || values.HOLDFAST_KEEP_PROGRAM === '0'
        ? undefined
        : fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, ''),
    codeCache: values.NODE_COMPILE_CACHE,
    log: values.HOLDFAST_LOG,
    rclone: borrowedRclone(values),
    demo: argv.includes('--demo'),
    pair: argv.includes('--pair'),
  }
}

/** What holds when nothing is said. */
export function lanSettings(values: Partial<z.infer<typeof Environment>> = {}): LanSettings {
  const { HOLDFAST_TLS_CERT: cert, HOLDFAST_TLS_KEY: key } = values
  if ((cert === undefined) !== (key === undefined))
    throw new HoldfastError('INPUT_INVALID', 'HOLDFAST_TLS_CERT and HOLDFAST_TLS_KEY go together.')
  return {
    ...{ on: values.HOLDFAST_LAN === '1', bind: '0.0.0.0', hostName: hostname() },
    port: values.HOLDFAST_LAN_PORT ?? 8443,
    onboardingPort: values.HOLDFAST_LAN_HELP_PORT ?? 8480,
    files: cert === undefined || key === undefined ? undefined : { cert, key },
  }
}

function agentService(
  environment: NodeJS.ProcessEnv,
  { home, path }: { home: string; path: string },
): AgentServiceSettings | undefined {
  const uid = process.getuid?.() ?? -1
  const settings = serviceSettings({
    ...{ environment, platform: process.platform, uid, home, path, userHome: homedir() },
    ...{ userName: currentUserName(), program: process.execPath },
    mainFile: fileURLToPath(new URL('./main.ts', import.meta.url)),
  })
  const bySystemd = environment.SYSTEMD_EXEC_PID === String(process.pid)
  return settings && { ...settings, otherUnit: bySystemd && !ownCgroup().includes('/holdfast.service') }
}

function ownCgroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch {
    return ''
  }
}

/** Keys of vaults and all data go there, so that it must be on this machine and want a password. */
function borrowedRclone(values: z.infer<typeof Environment>): RcloneAddress | undefined {
  const { HOLDFAST_RCLONE_RC_URL: text, HOLDFAST_RCLONE_RC_USER: user } = values
  const { HOLDFAST_RCLONE_RC_PASSWORD: given, HOLDFAST_RCLONE_RC_PASSWORD_FILE: file } = values
  if (given !== undefined && file !== undefined)
    throw new HoldfastError(
      'INPUT_INVALID',
      'HOLDFAST_RCLONE_RC_PASSWORD and HOLDFAST_RCLONE_RC_PASSWORD_FILE: give one of the two.',
    )
  const password = given ?? readNamed('HOLDFAST_RCLONE_RC_PASSWORD_FILE', file)?.split(/\r?\n/)[0]
  if (text === undefined && user === undefined && password === undefined) return undefined
  if (text === undefined || user === undefined || password === undefined)
    throw new HoldfastError(
      'INPUT_INVALID',
      'HOLDFAST_RCLONE_RC_URL, HOLDFAST_RCLONE_RC_USER and HOLDFAST_RCLONE_RC_PASSWORD go together.',
    )
  const url = URL.parse(text)
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (!isHere || url.protocol !== 'http:' || url.pathname !== '/' || url.username !== '' || url.port === '')
    throw new HoldfastError(
      'INPUT_INVALID',
      'HOLDFAST_RCLONE_RC_URL must be an address on this machine with a port: http://127.0.0.1:5572.',
    )
  return { url: url.origin, user, password }
}

/** What lies in the file that a variable names. */
function readNamed(variable: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', `${variable}: ${file} can't be read.`, { cause })
  }
}

const USER_VARIABLES =
  /^(XDG_(CONFIG|DATA)_HOME|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|USER|LOGNAME|(LOCAL)?APPDATA|USERPROFILE|SystemDrive)$/

function userVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => USER_VARIABLES.test(entry[0]) && entry[1] !== undefined,
    ),
  )
}

/** Where rclone itself would look, in its order. */
function userRcloneConfig(values: z.infer<typeof Environment>): string[] {
  if (values.RCLONE_CONFIG !== undefined)
    return isAbsolute(values.RCLONE_CONFIG) ? [values.RCLONE_CONFIG] : []
  const xdg = values.XDG_CONFIG_HOME ?? join(homedir(), '.config')
  return [join(xdg, 'rclone', 'rclone.conf'), join(homedir(), '.rclone.conf')]
}

function splitOrigins(text: string, context: z.RefinementCtx): string[] {
  const origins = text.split(',').filter((part) => part.trim() !== '')
  return origins.map((part) => {
    const url = URL.parse(part.trim())
    if (url === null || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
      context.addIssue({
        code: 'custom',
        message: `"${part.trim()}" is not an origin such as https://name:8421`,
      })
      return z.NEVER
    }
    return url.origin
  })
}
