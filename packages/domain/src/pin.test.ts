import { expect, test } from 'vitest'
import { Pin } from './pin.ts'

test.each(['493817', '120394857162', '112233'])('%s is a PIN', (pin) => {
  expect(Pin.safeParse(pin).success).toBe(true)
})

test.each([
  '',
  '12345',
  '1234567890123',
  '49381a',
  ' 493817',
  '٤٩٣٨١٧',
  '000000',
  '123456',
  '987654',
  '121212',
  '890123',
])('“%s” is none, or is tried first', (pin) => {
  expect(Pin.safeParse(pin).success).toBe(false)
})
