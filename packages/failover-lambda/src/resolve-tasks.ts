import { groupBy } from './arrays'
import type { BatchFailures } from './batch'
import type { Ecs } from './ecs'
import { type Message, type ResolvedRequest, requestOfTask } from './requests'

/** Describes the tasks of notices that name no service, all of a batch together. */
export async function resolveTasks(
  messages: readonly Message[],
  failures: BatchFailures,
  ecs: Pick<Ecs, 'describeTasks'>,
): Promise<Message<ResolvedRequest>[]> {
  const resolved: Message<ResolvedRequest>[] = []
  const notices = messages.flatMap(({ request, ...message }) => {
    if (request.kind === 'task') return { ...message, request }
    resolved.push({ ...message, request })
    return []
  })
  for (const [cluster, group] of groupBy(notices, ({ request }) => request.cluster)) {
    await failures.guard(
      group.map(({ messageId }) => messageId),
      async () => {
        const arns = new Set(group.map(({ request }) => request.taskArn))
        const tasks = await ecs.describeTasks(cluster, [...arns])
        for (const { request, ...message } of group) {
          const task = tasks.find(({ taskArn }) => taskArn === request.taskArn)
          resolved.push({ ...message, request: requestOfTask(request, { ...task }) })
        }
      },
    )
  }
  return resolved
}
