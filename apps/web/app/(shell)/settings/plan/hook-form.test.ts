import { Hook, parseHook } from '@holdfast/domain'
import { expect, it } from 'vitest'
import { formOf, hookOf } from './hook-form.ts'

const hook = (text: string) => Hook.parse(parseHook(text))
const none = { changed: undefined, hooks: [] }

it.each([
  'postgresql:shop,host=db,port=5433,user=ann',
  'mysql:',
  'sqlite:/srv/a.db',
  'docker:web',
  'before:tell,on-failure=stop',
])('a form of %s gives the same hook back', (text) => {
  expect(hookOf(formOf(hook(text)), none)).toEqual({ hook: hook(text) })
})

it('says what is wrong beside each field', () => {
  const form = { ...formOf(hook('postgresql:shop')), port: 'many', minutes: '0', user: '-x', host: 'a=b' }
  expect(hookOf(form, none)).toEqual({
    problems: {
      port: 'A number from 1 to 65535.',
      timeoutSeconds: 'Minutes, from one second up to a day.',
      user: 'A user does not begin with a hyphen.',
      host: 'A host, or the path of a socket, not a connection.',
    },
  })
  const empty = formOf(undefined)
  expect(hookOf({ ...empty, kind: 'dump-sqlite' }, none)).toMatchObject({ problems: { path: /whole path/ } })
  expect(hookOf({ ...empty, kind: 'docker-stop' }, none)).toMatchObject({
    problems: { container: /container/ },
  })
  expect(hookOf({ ...empty, kind: 'command' }, none)).toMatchObject({
    problems: { command: 'Choose a command.' },
  })
})

it('keeps the id of a hook that is changed, so that its dump keeps its name, and gives a new one another', () => {
  const known = hook('postgresql:shop')
  const changed = hookOf({ ...formOf(known), database: 'store' }, { changed: known, hooks: [known] })
  expect(changed).toMatchObject({ hook: { id: 'postgresql-shop', database: 'store' } })
  expect(hookOf(formOf(known), { changed: undefined, hooks: [known] })).toMatchObject({
    hook: { id: 'postgresql-shop-2' },
  })
})
