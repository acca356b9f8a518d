/**
 * How the options of a kind of remote become a form: pure, so that screens, the agent and the command line show and
 * refuse the same.
 */
export const OPTION_KINDS = [
  'text',
  'password',
  'number',
  'boolean',
  'choice',
  'size',
  'duration',
  'remote',
] as const
export type OptionKind = (typeof OPTION_KINDS)[number]

/** One option of a provider, or one question about a remote. Values are text throughout: `true`, `22`, `5Mi`, `1h`. */
export type ProviderOption = {
  readonly name: string
  /** The first line of `help`, without its full stop. */
  readonly label: string
  readonly help: string
  readonly kind: OptionKind
  readonly required: boolean
  readonly advanced: boolean
  /** What counts when nothing is given; empty for none. */
  readonly default: string
  /** Of a choice all that may be chosen, of anything else suggestions. */
  readonly examples: readonly OptionExample[]
  /** Values of the option `provider` under which this one is there: `AWS,Ceph`, `!AWS`; empty for all. */
  readonly provider: string
  /** Never sent back to a screen, nor written anywhere but into the sealed configuration. */
  readonly isSecret: boolean
  /** Private, though it may be shown to who set it. */
  readonly sensitive: boolean
  /** Has several lines, such as a private key. */
  readonly multiline: boolean
}
export type OptionExample = { readonly value: string; readonly help: string; readonly provider: string }

/** A kind of storage as the installed rclone offers it. */
export type ProviderSummary = {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Among those that most people have. */
  readonly usual: boolean
  /** True when it is signed in to in a browser. */
  readonly signIn: boolean
}
export type Provider = ProviderSummary & { readonly options: readonly ProviderOption[] }

/** What was typed, by option; what is not there has its default. */
export type RemoteValues = Readonly<Record<string, string>>

export type FormField = {
  readonly option: ProviderOption
  readonly value: string
  /** True when a secret is kept already: left empty it stays. */
  readonly kept: boolean
  readonly problem: string | undefined
}
export type RemoteForm = {
  /** What has to be looked at, and what is for experts. */
  readonly needed: readonly FormField[]
  readonly advanced: readonly FormField[]
  /** Sentences by option; empty when all is fine. */
  readonly problems: Readonly<Record<string, string>>
}

/**
 * The fields that are there under the values given so far, with their defaults and what is wrong with each. `kept`
 * names secrets that are stored already.
 */
export function remoteForm(
  provider: Pick<Provider, 'options'>,
  values: RemoteValues,
  kept: ReadonlySet<string> = new Set(),
): RemoteForm {
  const chosen = effective(provider.options, values)
  const fields = provider.options
    .filter((option) => isThere(option.provider, chosen))
    .map((option): FormField => {
      const shown = {
        ...option,
        examples: option.examples.filter((example) => isThere(example.provider, chosen)),
      }
      const value = values[option.name] ?? (option.isSecret ? '' : option.default)
      const isKept = kept.has(option.name) && value === ''
      return { option: shown, value, kept: isKept, problem: isKept ? undefined : valueProblem(shown, value) }
    })
  const named = new Set(fields.map(({ option }) => option.name))
  const strangers = Object.keys(values).filter((name) => !named.has(name) && values[name] !== '')
  const known = new Set(provider.options.map(({ name }) => name))
  return {
    needed: fields.filter(({ option }) => !option.advanced),
    advanced: fields.filter(({ option }) => option.advanced),
    problems: Object.fromEntries([
      // One that belongs to another provider is no mistake: it is left out.
      ...strangers.filter((name) => !known.has(name)).map((name) => [name, 'There is no such option here.']),
      ...fields.flatMap(({ option, problem }) => (problem === undefined ? [] : [[option.name, problem]])),
    ]),
  }
}

/** What is to be stored: fields that are there and not empty, and no default that nobody chose. */
export function remoteValues(provider: Pick<Provider, 'options'>, values: RemoteValues): RemoteValues {
  const form = remoteForm(provider, values)
  return Object.fromEntries(
    [...form.needed, ...form.advanced]
      .filter(({ option, value }) => values[option.name] !== undefined && value !== '')
      .map(({ option, value }) => [option.name, stored(option, value)]),
  )
}

/** What is wrong with the name of a remote, as a sentence. `taken` are the names that are there. */
export function remoteNameProblem(name: string, taken: readonly string[]): string | undefined {
  if (name === '') return 'Give it a name.'
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(name)) return 'Letters, digits, - and _ only, please.'
  if (name.length > 40) return 'Forty letters at most, please.'
  if (/^hf-/.test(name)) return 'Names that begin with "hf-" are for Holdfast itself.'
  if (taken.some((other) => other.toLowerCase() === name.toLowerCase()))
    return 'There is a remote of this name.'
  return undefined
}

const TEXT_AT_MOST = 16_384
const SIZE = /^(off|\d+(\.\d+)?([BKMGTPE]i?B?)?)$/i
const DURATION = /^(off|\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d|w|M|y))+)$/
const REMOTE = /^([A-Za-z0-9_][A-Za-z0-9_ .+@-]*):([^\0]*)$/

/** What is wrong with a value, as a sentence; undefined when nothing is. */
export function valueProblem(option: ProviderOption, value: string): string | undefined {
  if (value === '') return option.required ? 'This is needed.' : undefined
  if (value.length > TEXT_AT_MOST) return 'This is too long.'
  if (CONTROL.test(option.multiline ? value.replace(/[\r\n\t]/g, '') : value))
    return 'One line of plain text, please.'
  // rclone's configuration file would give back something else.
  if (option.kind !== 'password' && /%\(.*\)s/.test(value)) return 'This can\'t be stored: it holds "%(…)s".'
  switch (option.kind) {
    case 'number':
      return /^-?\d{1,15}$/.test(value) ? undefined : 'A whole number, please.'
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : 'true or false, please.'
    case 'size':
      return SIZE.test(value) ? undefined : 'A size such as 64Mi or 2G, please.'
    case 'duration':
      return DURATION.test(value) ? undefined : 'A time such as 30s, 5m or 1h, please.'
    case 'choice':
      return option.examples.some((example) => example.value === value)
        ? undefined
        : `One of ${option.examples.map((example) => example.value).join(', ')}, please.`
    case 'remote':
      return REMOTE.test(value) ? undefined : 'A remote and a folder on it, please: name:folder.'
    case 'text':
    case 'password':
      return undefined
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f]/

/** As the configuration holds it: a key's lines are joined by the two characters `\n`. */
function stored(option: ProviderOption, value: string): string {
  if (option.multiline) return value.trim().replace(/\r?\n/g, '\\n')
  return option.kind === 'password' ? value : value.trim()
}

/** What the option `provider` is, given or by default; undefined where there is none. */
function effective(options: readonly ProviderOption[], values: RemoteValues): string {
  const given = values.provider ?? ''
  return given !== '' ? given : (options.find(({ name }) => name === 'provider')?.default ?? '')
}

/** What belongs to some providers is not there before one is chosen: rclone would ask everything of all of them. */
function isThere(condition: string, chosen: string): boolean {
  if (condition === '') return true
  if (chosen === '') return false
  const negated = condition.startsWith('!')
  const listed = condition
    .slice(negated ? 1 : 0)
    .split(',')
    .includes(chosen)
  return negated ? !listed : listed
}
