export type { MessageAttribute, MessageAttributes, ReceivedMessage } from './message'
export { Queue, type QueueProps } from './queue'
export * from './sqs'
