import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from './program.ts'
import { usageError } from './usage-error.ts'

describe('a mistyped command line', () => {
  test.each([
    ['statsu', "Unknown command 'statsu'. Did you mean 'status'?", 'holdfast --help'],
    ['plan ad Docs', "Unknown command 'ad'. Did you mean 'add'?", 'holdfast plan --help'],
    ['device revok phone', "`holdfast device` has no command 'revok'.", 'holdfast device --help'],
    ['snapshots --form vault', "Unknown option '--form'.", 'holdfast snapshots --help'],
    ['--json snapshots', "Required option '--from <dest>' not specified.", 'holdfast snapshots --help'],
    [
      'prune --from v --keep-lst 3',
      "Unknown option '--keep-lst'. Did you mean '--keep-last'?",
      'holdfast prune --help',
    ],
    ['run', "Missing required argument 'plan'.", 'holdfast run --help'],
    ['completion tcsh', /Allowed choices are bash, zsh, fish\.$/, 'holdfast completion --help'],
    ['', 'Which command?', 'holdfast help'],
  ])('“%s” is told what is wrong, and where its help is', async (line, sentence, help) => {
    const args = line.split(' ').filter((word) => word !== '')
    const program = createProgram(() => async () => {})
    const thrown: unknown = await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => error)
    if (!(thrown instanceof CommanderError)) throw new Error('It was taken.', { cause: thrown })
    const error = usageError(program, args, thrown)
    expect(error.message).toEqual(sentence instanceof RegExp ? expect.stringMatching(sentence) : sentence)
    expect(error.next).toBe(`See \`${help}\`.`)
  })
})
