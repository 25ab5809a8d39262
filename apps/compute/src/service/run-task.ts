import { type PolicyStatement, tidewayStackOf } from '@tideway/constructs'
import type { ServiceContext } from './context'
import type { Task } from './task'

/** Lets a role run the task, and wait for its end. */
export function runTaskStatements(task: Task, { cluster }: ServiceContext): PolicyStatement[] {
  const { account, region } = tidewayStackOf(task).environment
  const tasks = `arn:aws:ecs:${region}:${account}:task/${cluster.name}/*`
  return [
    {
      Sid: 'RunTask',
      Action: 'ecs:RunTask',
      Resource: `arn:aws:ecs:${region}:${account}:task-definition/${task.family}:*`,
      Condition: { ArnEquals: { 'ecs:cluster': cluster.arn } },
    },
    {
      // RunTask needs it to propagate the tags of the task definition.
      Sid: 'TagTask',
      Action: 'ecs:TagResource',
      Resource: tasks,
      Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    },
    { Sid: 'FollowTask', Action: ['ecs:DescribeTasks', 'ecs:StopTask'], Resource: tasks },
  ]
}
