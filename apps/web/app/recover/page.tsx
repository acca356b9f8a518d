import { Recover } from './recover.tsx'

export const metadata = { title: 'Recover a machine' }

export default function RecoverPage() {
  return <Recover />
}
