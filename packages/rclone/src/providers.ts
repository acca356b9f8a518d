import {
  HoldfastError,
  type OptionExample,
  type OptionKind,
  type Provider,
  type ProviderOption,
} from '@holdfast/domain'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'

/** What the catalogue keeps to itself: how rclone names a provider's options in its environment. */
export type CatalogueEntry = Provider & {
  readonly environmentPrefix: string
  /** Options by which it refers to another remote. */
  readonly wraps: boolean
}

/**
 * The kinds of storage that the running rclone offers, the usual ones first, then by name. Left out are those that are
 * no place for a vault, those that lists of other remotes make, and every option that could run a program here.
 */
export async function listProviders(
  client: RcloneClient,
  options: { signal?: AbortSignal } = {},
): Promise<CatalogueEntry[]> {
  const { providers } = await client.call('config/providers', {}, Answer, {
    signal: options.signal,
    repeatable: true,
    attempt: { doing: 'list the kinds of storage' },
  })
  return providers
    .filter(({ Name, Hide }) => !Hide && !NO_PLACES.has(Name))
    .filter(({ Options }) => !Options.some(({ Name }) => Name === 'upstreams'))
    .map(entryOf)
    .sort((a, b) => rank(a.id) - rank(b.id) || a.name.localeCompare(b.name))
}

/** One provider by its id. REMOTE_REFUSED when there is none that may be used. */
export async function findProvider(
  client: RcloneClient,
  id: string,
  options: { signal?: AbortSignal } = {},
): Promise<CatalogueEntry> {
  const found = (await listProviders(client, options)).find((provider) => provider.id === id)
  if (found === undefined)
    throw new HoldfastError('REMOTE_REFUSED', `Holdfast makes no remote of the kind "${id}".`, {
      next: 'Choose one of the listed kinds of storage.',
    })
  return found
}

/** An option or a question in rclone's words as ours. */
export function optionOf(raw: RawOption): ProviderOption {
  const kind = kindOf(raw)
  const isSecret = raw.IsPassword || SECRET.test(raw.Name)
  return {
    name: raw.Name,
    label: labelOf(raw),
    help: raw.Help.trim(),
    kind: isSecret && kind === 'text' ? 'password' : kind,
    required: raw.Required,
    advanced: raw.Advanced,
    default: isSecret ? '' : defaultOf(raw, kind),
    examples: examplesOf(raw, kind),
    provider: raw.Provider,
    isSecret,
    sensitive: isSecret || raw.Sensitive,
    multiline: raw.Name.endsWith('_pem'),
  }
}

/** Fields come and go with rclone's versions; what is missing is as in 1.60.1. */
export const RawOption = z.object({
  Name: z.string(),
  Help: z.string().default(''),
  Provider: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  Default: z.unknown(),
  DefaultStr: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  Examples: z
    .array(
      z.object({
        Value: z.unknown(),
        Help: z
          .string()
          .nullish()
          .transform((text) => text ?? ''),
        Provider: z
          .string()
          .nullish()
          .transform((text) => text ?? ''),
      }),
    )
    .nullish()
    .transform((examples) => examples ?? []),
  Required: z.boolean().default(false),
  IsPassword: z.boolean().default(false),
  Sensitive: z.boolean().default(false),
  Advanced: z.boolean().default(false),
  Exclusive: z.boolean().default(false),
  Hide: z.number().default(0),
  Type: z.string().default('string'),
})
export type RawOption = z.infer<typeof RawOption>

const RawProvider = z.object({
  Name: z.string(),
  Description: z.string().default(''),
  Prefix: z.string().default(''),
  Hide: z.boolean().default(false),
  Options: z
    .array(RawOption)
    .nullish()
    .transform((options) => options ?? []),
})
const Answer = z.object({ providers: z.array(RawProvider) })

const USUAL: readonly (readonly [string, string])[] = [
  ['drive', 'Google Drive'],
  ['onedrive', 'Microsoft OneDrive'],
  ['dropbox', 'Dropbox'],
  ['s3', 'S3 and what speaks like it'],
  ['b2', 'Backblaze B2'],
  ['sftp', 'SFTP'],
  ['webdav', 'WebDAV'],
  ['smb', 'Windows share (SMB)'],
  ['ftp', 'FTP'],
  ['google cloud storage', 'Google Cloud Storage'],
  ['azureblob', 'Microsoft Azure Blob Storage'],
  ['box', 'Box'],
  ['pcloud', 'pCloud'],
]

/** A folder is chosen as such; memory forgets; these can't keep files of any name. */
const NO_PLACES = new Set(['local', 'memory', 'http', 'google photos', 'googlephotos', 'archive', 'gphotos'])

/**
 * Options that run a program, or name a file that can (credential_process of an AWS profile, the `az` of Azure).
 * What rclone asks for by itself, or hides from its own configurator, is no field either.
 */
function isOffered(type: string, { Name, Hide }: RawOption): boolean {
  if ((Hide & 2) !== 0 || Name === 'token' || Name === 'description') return false
  if (/_(command|cmd|program|exec)$/.test(Name)) return false
  if (
    ['ssh', 'set_env', 'metadata_mapper', 'shared_credentials_file', 'use_az', 'ask_password'].includes(Name)
  )
    return false
  return !(Name === 'env_auth' && type.startsWith('azure'))
}

const SECRET =
  /(^|_)(pass|passwd|password\d?|passphrase|secret|token|key|pem|credentials|grant|sas_url|cookie|headers|connection_string)$/

function entryOf(raw: z.infer<typeof RawProvider>): CatalogueEntry {
  const usual = USUAL.find(([id]) => id === raw.Name)
  // Which of the others are there depends on it, also where rclone's own questions could do without.
  const hasProviders = raw.Options.some(({ Provider }) => Provider !== '')
  return {
    id: raw.Name,
    name: usual?.[1] ?? shorter(raw.Description || raw.Name),
    description: raw.Description,
    usual: usual !== undefined,
    signIn: raw.Options.some(({ Name }) => Name === 'token_url'),
    environmentPrefix: raw.Prefix || raw.Name,
    wraps: raw.Options.some(isRemoteOption),
    options: raw.Options.filter((option) => isOffered(raw.Name, option))
      .map(optionOf)
      .map((option) => (option.name === 'provider' && hasProviders ? { ...option, required: true } : option)),
  }
}

function rank(id: string): number {
  const at = USUAL.findIndex(([usual]) => usual === id)
  return at === -1 ? USUAL.length : at
}

function isRemoteOption({ Name }: RawOption): boolean {
  return Name === 'remote'
}

function kindOf(raw: RawOption): OptionKind {
  if (raw.IsPassword) return 'password'
  if (isRemoteOption(raw)) return 'remote'
  switch (raw.Type) {
    case 'bool':
      return 'boolean'
    case 'int':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return 'number'
    case 'SizeSuffix':
      return 'size'
    case 'Duration':
      return 'duration'
    case 'Tristate':
      return 'choice'
    default:
      return raw.Exclusive && raw.Examples.length > 0 ? 'choice' : 'text'
  }
}

function defaultOf(raw: RawOption, kind: OptionKind): string {
  if (kind === 'choice' && raw.Type === 'Tristate') return ''
  // rclone's own account names are no suggestion: the name of whoever runs the agent.
  if (raw.Name === 'user') return ''
  if (raw.DefaultStr !== '') return raw.DefaultStr
  return typeof raw.Default === 'string' ||
    typeof raw.Default === 'number' ||
    typeof raw.Default === 'boolean'
    ? String(raw.Default)
    : ''
}

function examplesOf(raw: RawOption, kind: OptionKind): OptionExample[] {
  if (raw.Type === 'Tristate')
    return [
      { value: 'true', help: 'Yes', provider: '' },
      { value: 'false', help: 'No', provider: '' },
    ]
  if (kind === 'boolean') return []
  return raw.Examples.flatMap(({ Value, Help, Provider }) =>
    ['string', 'number', 'boolean'].includes(typeof Value)
      ? [{ value: String(Value), help: firstLine(Help), provider: Provider }]
      : [],
  )
}

const LABELS: Readonly<Record<string, string>> = {
  url: 'Address (URL)',
  host: 'Host',
  user: 'User name',
  username: 'User name',
  pass: 'Password',
  password: 'Password',
  port: 'Port',
  remote: 'Remote and folder',
}

/** rclone's help begins with a sentence that says what it is; long ones are told below the field. */
function labelOf({ Name, Help }: RawOption): string {
  const known = LABELS[Name]
  if (known !== undefined) return known
  const first = firstLine(Help).replace(/\.$/, '')
  if (first !== '' && first.length <= 48) return first
  const words = Name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? ''
}

function shorter(description: string): string {
  return description.length <= 48 ? description : `${description.slice(0, 46).replace(/\s+\S*$/, '')}…`
}
