import { describe, expect, test } from 'vitest'
import { namePattern } from './name-pattern.ts'
import { toBytePath } from './path-order.ts'

const fits = (pattern: string, path: string | Uint8Array) =>
  namePattern(pattern).fits(toBytePath(typeof path === 'string' ? Buffer.from(path) : path))

describe('namePattern', () => {
  test.each<[string, string, boolean]>([
    ['tax', 'docs/My Taxes 2026.pdf', true],
    ['TAX', 'docs/my taxes', true],
    ['docs', 'docs/a', false],
    ['*.jpg', 'pics/Cat.JPG', true],
    ['*.jpg', 'pics/cat.jpg.txt', false],
    ['cat.*', 'pics/a cat.jpg', false],
    ['?at', 'cat', true],
    ['?at', 'at', false],
    ['[bc]at', 'Cat', true],
    ['[!bc]at', 'cat', false],
    ['[a-c]at', 'bat', true],
    ['a[b', 'xa[b.txt', true],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3cd', false],
    ['docs/*/a', 'docs/x/y/a', true],
    ['docs/*', 'more/docs/a', false],
    ['docs/a', 'more/docs/a.txt', true],
    ['/docs/*', 'docs/a', true],
    ['/docs', 'more/docs', true],
    ['*', 'anything', true],
    ['résumé', 'docs/RE\u0301SUME\u0301.odt', true],
    ['é*', 'É!', true],
    ['ünï?', 'ünïx', true],
    ['.txt', 'a.txt', true],
    ['a.c', 'abc', false],
  ])('%s and %s', (pattern, path, expected) => {
    expect(fits(pattern, path)).toBe(expected)
  })

  test('bytes that are no text are found as they are shown', () => {
    const path = Buffer.from('docs/a\xffb', 'latin1')
    expect(fits('a\\xffb', path)).toBe(true)
    expect(fits('a*b', path)).toBe(true)
  })

  test('a pattern made to be slow is not', () => {
    expect(fits(`${'*a'.repeat(60)}b`, 'a'.repeat(255))).toBe(false)
  })
})
