// What an answer says of what was asked for.

/** Whether nothing can be told from the answer: the connection broke, or the host is stopping or busy. It may have happened. */
export const isLost = (answer) => answer === undefined || answer.status === 503;

/** Sends a request; undefined if the connection broke before an answer came. */
export async function answerOf(request) {
  try {
    return await request;
  } catch (error) {
    if (['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(error.code) || error.message === 'socket hang up' || error.message === 'aborted') {
      return undefined;
    }
    throw error;
  }
}

/** An answer that nothing explains. */
export const unexpected = (what, answer) => [`${what} was answered with ${answer.status}: ${answer.text}`];
