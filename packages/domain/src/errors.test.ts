import { describe, expect, test } from 'vitest'
import { ERRORS, HoldfastError, isHoldfastError, toHoldfastError } from './errors.ts'

describe('the catalogue', () => {
  test.each(Object.entries(ERRORS))('%s says in one sentence what to do next', (code, { next }) => {
    expect(code).toMatch(/^[A-Z][A-Z_]*[A-Z]$/)
    expect(next).toMatch(/^[A-Z].*\.$/)
  })
})

describe('HoldfastError', () => {
  test('takes what to do next and whether to retry from the catalogue', () => {
    const error = new HoldfastError('REMOTE_UNREACHABLE', 'nas does not answer.')
    expect(error).toMatchObject({
      name: 'HoldfastError',
      code: 'REMOTE_UNREACHABLE',
      message: 'nas does not answer.',
      next: ERRORS.REMOTE_UNREACHABLE.next,
      retryable: true,
    })
    expect('cause' in error).toBe(false)
  })

  test('keeps the cause and a better next step', () => {
    const cause = new Error('ECONNREFUSED')
    const error = new HoldfastError('INTERNAL', 'It broke.', { cause, next: 'Mend it.' })
    expect(error.cause).toBe(cause)
    expect(error.next).toBe('Mend it.')
  })
})

describe('isHoldfastError', () => {
  test('tells one code from another, and from any other thing', () => {
    const locked = new HoldfastError('LOCKED', 'Wrong passphrase.')
    expect(isHoldfastError(locked)).toBe(true)
    expect(isHoldfastError(locked, 'LOCKED')).toBe(true)
    expect(isHoldfastError(locked, 'USAGE')).toBe(false)
    expect(isHoldfastError(new Error('LOCKED'))).toBe(false)
  })
})

describe('toHoldfastError', () => {
  test('leaves one of ours as it is', () => {
    const locked = new HoldfastError('LOCKED', 'Wrong passphrase.')
    expect(toHoldfastError(locked)).toBe(locked)
  })

  test('an abort is a cancel', () => {
    const abort = new DOMException('This operation was aborted', 'AbortError')
    expect(toHoldfastError(abort)).toMatchObject({ code: 'CANCELLED', cause: abort })
  })

  test.each([
    ['an Error', new TypeError('x is undefined'), 'x is undefined'],
    ['a thrown string', 'broken', 'broken'],
  ])('%s becomes INTERNAL with its cause', (_title, thrown, text) => {
    const error = toHoldfastError(thrown)
    expect(error).toMatchObject({ code: 'INTERNAL', cause: thrown })
    expect(error.message).toContain(text)
  })
})
