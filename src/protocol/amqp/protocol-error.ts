// The one error that decoding throws, whatever the peer sends: a reply code with its explanation
// and the method at fault. Whether it ends the channel or the connection follows from the code.

import { type ReplyCode, replyText } from './reply-codes.ts'

export class ProtocolError extends Error {
  readonly code: ReplyCode
  readonly explanation: string
  readonly classId: number
  readonly methodId: number

  constructor(code: ReplyCode, explanation: string, classId = 0, methodId = 0) {
    super(replyText(code, explanation))
    this.name = 'ProtocolError'
    this.code = code
    this.explanation = explanation
    this.classId = classId
    this.methodId = methodId
  }
}
