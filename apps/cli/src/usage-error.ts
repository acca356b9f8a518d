import { HoldfastError } from '@holdfast/domain'
import type { Command, CommanderError } from 'commander'

/** What was wrong with a command line, as USAGE: what it was, and which help tells the right form. */
export function usageError(program: Command, args: readonly string[], cause: CommanderError): HoldfastError {
  if (cause.code === 'commander.help') return new HoldfastError('USAGE', 'Which command?', { cause })
  const { command, path, rest } = commandOf(program, args)
  const next = `See \`${[...path, '--help'].join(' ')}\`.`
  const unknown = unknownOption(program, command, args)
  // A mistyped option is why a required one is missing, and is what should be said.
  if (cause.code === 'commander.missingMandatoryOptionValue' && unknown !== undefined)
    return new HoldfastError('USAGE', `Unknown option '${unknown}'.`, { cause, next })
  // The word went to what the group does by itself, which takes none.
  if (cause.code === 'commander.excessArguments' && command.commands.length > 0)
    return new HoldfastError('USAGE', `\`${path.join(' ')}\` has no command '${rest[0] ?? ''}'.`, {
      cause,
      next,
    })
  const sentence = cause.message
    .replace(/^error: /, '')
    .replace(/^./, (first) => first.toUpperCase())
    .replace(/\n\(Did you mean (.*)\?\)$/, ". Did you mean '$1'?")
  return new HoldfastError('USAGE', /[.?!]$/.test(sentence) ? sentence : `${sentence}.`, { cause, next })
}

/** The command that the first words name, and the words after them. */
function commandOf(program: Command, args: readonly string[]) {
  let command = program
  const path = [program.name()]
  let i = 0
  for (; i < args.length; i += 1) {
    const word = args[i] ?? ''
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (below !== undefined) {
      command = below
      path.push(below.name())
    } else if (!word.startsWith('-')) break
    else if (takesNext(command, program, word)) i += 1
  }
  return { command, path, rest: args.slice(i) }
}

function takesNext(command: Command, program: Command, word: string): boolean {
  const option = [...command.options, ...program.options].find(({ long }) => long === word)
  return option?.required === true
}

function unknownOption(program: Command, command: Command, words: readonly string[]): string | undefined {
  const known = [...command.options, ...program.options].map(({ long }) => long)
  const end = words.indexOf('--')
  return words
    .slice(0, end === -1 ? words.length : end)
    .filter((word) => word.startsWith('--'))
    .map((word) => word.split('=', 1)[0] ?? word)
    .find((word) => word !== '--help' && !known.includes(word))
}
