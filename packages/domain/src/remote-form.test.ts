import { describe, expect, test } from 'vitest'
import {
  type ProviderOption,
  remoteForm,
  remoteNameProblem,
  remoteValues,
  valueProblem,
} from './remote-form.ts'

const plain: ProviderOption = {
  ...{ name: 'host', label: 'Host', help: '', kind: 'text', required: false, advanced: false, default: '' },
  ...{ examples: [], provider: '', isSecret: false, sensitive: false, multiline: false },
}
const option = (part: Partial<ProviderOption>): ProviderOption => ({ ...plain, ...part })

describe('The form of a remote', () => {
  test('shows defaults, folds what is for experts, and says what is needed', () => {
    const options = [
      option({ name: 'host', required: true }),
      option({ name: 'port', kind: 'number', default: '22' }),
      option({ name: 'chunk', kind: 'size', advanced: true }),
    ]
    const form = remoteForm({ options }, {})
    expect(form.needed.map(({ option, value }) => [option.name, value])).toEqual([
      ['host', ''],
      ['port', '22'],
    ])
    expect(form.advanced.map(({ option }) => option.name)).toEqual(['chunk'])
    expect(form.problems).toEqual({ host: 'This is needed.' })
  })

  test('shows the options and suggestions of the chosen provider alone', () => {
    const options = [
      option({ name: 'provider', default: 'A' }),
      option({ name: 'region', provider: 'A', label: 'of A' }),
      option({
        name: 'region',
        provider: '!A,B',
        label: 'of the others',
        examples: [
          { value: 'x', help: '', provider: 'C' },
          { value: 'y', help: '', provider: 'D' },
        ],
      }),
    ]
    const labels = (values: Record<string, string>) =>
      remoteForm({ options }, values).needed.map((field) => field.option.label)
    expect(labels({})).toEqual(['Host', 'of A'])
    expect(labels({ provider: 'B' })).toEqual(['Host'])
    expect(labels({ provider: 'C' })).toEqual(['Host', 'of the others'])
    const [, region] = remoteForm({ options }, { provider: 'C' }).needed
    expect(region?.option.examples.map(({ value }) => value)).toEqual(['x'])
    // What was typed for another provider is left out and is no mistake.
    expect(remoteForm({ options }, { provider: 'B', region: 'x' }).problems).toEqual({})
    expect(remoteValues({ options }, { provider: 'B', region: 'x' })).toEqual({ provider: 'B' })
  })

  test('keeps a stored secret that nobody types again, and never shows a default of one', () => {
    const options = [option({ name: 'pass', kind: 'password', required: true, isSecret: true, default: 'x' })]
    const form = remoteForm({ options }, {}, new Set(['pass']))
    expect(form.problems).toEqual({})
    expect(form.needed[0]).toMatchObject({ value: '', kept: true })
    expect(remoteForm({ options }, {}).problems).toEqual({ pass: 'This is needed.' })
  })

  test.each([
    ['text', 'one line', undefined],
    ['text', 'two\nlines', 'One line of plain text, please.'],
    ['text', 'a\u0000b', 'One line of plain text, please.'],
    ['text', '%(home)s', 'This can\'t be stored: it holds "%(…)s".'],
    ['password', '%(home)s', undefined],
    ['number', '-3', undefined],
    ['number', '3.5', 'A whole number, please.'],
    ['boolean', 'yes', 'true or false, please.'],
    ['size', '200Mi', undefined],
    ['size', 'off', undefined],
    ['size', '200 apples', 'A size such as 64Mi or 2G, please.'],
    ['duration', '1h30m', undefined],
    ['duration', 'soon', 'A time such as 30s, 5m or 1h, please.'],
    ['remote', 'nas:backup', undefined],
    ['remote', ':sftp,host=x:', 'A remote and a folder on it, please: name:folder.'],
    ['remote', 'nas,ssh=id:x', 'A remote and a folder on it, please: name:folder.'],
    ['remote', '/etc', 'A remote and a folder on it, please: name:folder.'],
  ] as const)('says of %s "%s": %s', (kind, value, problem) => {
    expect(valueProblem(option({ kind }), value)).toBe(problem)
  })

  test('joins the lines of a key as rclone wants them', () => {
    const options = [option({ name: 'key_pem', multiline: true, kind: 'password', isSecret: true })]
    const typed = '-----BEGIN\r\nabc\n-----END\n'
    expect(remoteForm({ options }, { key_pem: typed }).problems).toEqual({})
    expect(remoteValues({ options }, { key_pem: typed })).toEqual({ key_pem: '-----BEGIN\\nabc\\n-----END' })
  })

  test('takes plain names that are free', () => {
    expect(remoteNameProblem('My_NAS-2', ['other'])).toBeUndefined()
    for (const name of ['', 'a b', 'a:b', '-x', 'hf-12345678', 'nas', 'ä', 'a'.repeat(41)])
      expect(remoteNameProblem(name, ['NAS'])).toBeTypeOf('string')
  })
})
