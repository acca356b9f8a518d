import { Notifications } from './notifications.tsx'

export const metadata = { title: 'Notifications' }

export default function NotificationsPage() {
  return <Notifications />
}
