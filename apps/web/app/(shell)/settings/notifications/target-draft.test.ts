import { expect, test } from 'vitest'
import { draftOf, targetOf } from './target-draft.ts'

test('a mail form becomes a target, with addresses however they were separated', () => {
  const draft = draftOf('mail')
  if (draft.kind !== 'mail') throw new Error('not a mail')
  const typed = {
    ...draft,
    host: ' smtp.example.org ',
    from: 'a@example.org',
    to: 'a@example.org; b@example.org\n',
  }
  expect(targetOf(typed)).toEqual({
    ...{ kind: 'mail', host: 'smtp.example.org', port: 587, security: 'starttls', user: '', password: '' },
    ...{ from: 'a@example.org', to: ['a@example.org', 'b@example.org'], allowPrivate: false },
  })
})

test('a known channel fills its form again, and its secrets stay empty', () => {
  const form = {
    host: 'h',
    port: 465,
    security: 'tls',
    user: 'ann',
    from: 'f',
    to: 'a, b',
    allowPrivate: true,
  }
  expect(draftOf('mail', form)).toEqual({ ...form, kind: 'mail', port: '465', password: '' })
  expect(draftOf('webhook', { format: 'slack', hasSecret: true })).toMatchObject({
    format: 'slack',
    url: '',
    secret: '',
  })
  expect(draftOf('ping', { planId: 'papers' })).toMatchObject({ planId: 'papers', url: '' })
})
