/* queue.h - a bounded queue of pointers between two threads, which block when it is full or empty.
 *
 * For hand-overs of whole batches: the lock is taken once per batch, never per packet.
 */
#pragma once

#include <stddef.h>

struct queue;

/* wake: who finds it empty is woken when so many are there, 1 to room; where there are more threads than
 * processors, waking for each one would change threads twice for each one. 0, -EINVAL or -ENOMEM; given. */
int queue_new(struct queue **queue, size_t room, size_t wake);
void queue_free(struct queue *queue);             /* the pointers in it are the caller's */
void queue_push(struct queue *queue, void *item); /* blocks while it is full */
void *queue_pop(struct queue *queue);             /* blocks while it is empty */
