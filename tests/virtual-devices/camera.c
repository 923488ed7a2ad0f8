// A camera that is a file: the V4L2 device /dev/video0 for a program that is started with this library in LD_PRELOAD.
//
// The folder in ATTUNE_CAMERA holds what it does. "state" is one line, FORMAT WIDTH HEIGHT HOW, read whenever something is
// asked of the device:
//   FORMAT  MJPG or YUYV
//   HOW     ok       gives a picture every tenth of a second: files 0, 1 and so on of the folder FORMAT, again and again
//           busy     another program has it: EBUSY when a format is set
//           denied   EACCES when it is opened
//           gone     ENOENT when it is opened; where it is open, no picture comes, and EIO after six seconds
//           bad      a picture of which the beginning is missing
//           shut     as ok, but its control "privacy" says that its shutter is shut
// It may be open a second time to ask for its controls.
// The file "light" is locked while the device is open (flock): a program that may write nowhere has a light, too.
//
// Pictures lie in a memfd, so that mmap and poll need no part of this.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, ROOM = 1 << 20 };

static int device = -1, asks = -1, light = -1;
static int waiting[BUFFERS * 4], first, last;
static unsigned picture;

struct state {
  char format[8], how[16];
  unsigned width, height;
};

static const char *folder(void) {
  const char *name = getenv("ATTUNE_CAMERA");
  return name ? name : "/nowhere";
}

static long kernel(long number, long a, long b, long c, long d, long e, long f) {
  static long (*call)(long, ...);
  if (!call) call = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return call(number, a, b, c, d, e, f);
}

static int raw_open(const char *path, int flags, int mode) {
  return (int)kernel(SYS_openat, AT_FDCWD, (long)path, flags, mode, 0, 0);
}

static long read_file(const char *name, void *into, long room) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder(), name);
  int file = raw_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (file < 0) return -1;
  long all = 0, got;
  while (all < room && (got = read(file, (char *)into + all, room - all)) > 0) all += got;
  kernel(SYS_close, file, 0, 0, 0, 0, 0);
  return all;
}

static struct state now(void) {
  char line[128];
  struct state s = {"MJPG", "gone", 0, 0};
  long got = read_file("state", line, sizeof line - 1);
  if (got > 0) {
    line[got] = 0;
    sscanf(line, "%7s %u %u %15s", s.format, &s.width, &s.height, s.how);
  }
  return s;
}

static int fail(int error) {
  errno = error;
  return -1;
}

static int is_open(long file) { return file >= 0 && (file == device || file == asks); }

static int open_device(void) {
  struct state s = now();
  if (!strcmp(s.how, "gone")) return fail(ENOENT);
  if (!strcmp(s.how, "denied")) return fail(EACCES);
  if (device >= 0) return asks = dup(device);
  device = memfd_create("attune-camera", MFD_CLOEXEC);
  if (device < 0 || ftruncate(device, (long)BUFFERS * ROOM)) return -1;
  char path[512];
  snprintf(path, sizeof path, "%s/light", folder());
  light = raw_open(path, O_RDONLY | O_CLOEXEC, 0);
  kernel(SYS_flock, light, LOCK_SH, 0, 0, 0, 0);
  return device;
}

static int is_camera(const char *path) { return path && !strcmp(path, "/dev/video0"); }

#define OPEN(name)                                        \
  int name(const char *path, int flags, ...) {            \
    va_list more;                                         \
    va_start(more, flags);                                \
    int mode = va_arg(more, int);                         \
    va_end(more);                                         \
    return is_camera(path) ? open_device() : raw_open(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int close(int file) {
  int was_open = device >= 0 || asks >= 0;
  if (file >= 0 && file == device) device = -1;
  if (file >= 0 && file == asks) asks = -1;
  if (was_open && device < 0 && asks < 0) {
    kernel(SYS_close, light, 0, 0, 0, 0, 0);
    light = -1;
  }
  return (int)kernel(SYS_close, file, 0, 0, 0, 0, 0);
}

static unsigned code(const struct state *s) {
  return v4l2_fourcc((unsigned)s->format[0], (unsigned)s->format[1], (unsigned)s->format[2], (unsigned)s->format[3]);
}

static unsigned length(const struct state *s) { return strcmp(s->format, "YUYV") ? ROOM : s->width * s->height * 2; }

static void describe(struct v4l2_pix_format *pix, const struct state *s) {
  memset(pix, 0, sizeof *pix);
  pix->width = s->width;
  pix->height = s->height;
  pix->pixelformat = code(s);
  pix->field = V4L2_FIELD_NONE;
  pix->sizeimage = length(s);
  pix->colorspace = V4L2_COLORSPACE_SRGB;
}

static int take_picture(struct v4l2_buffer *buffer) {
  static char bytes[ROOM];
  if (first == last) return fail(EAGAIN);
  struct state s;
  int left = 60;
  do {
    usleep(100000);
    s = now();
  } while (!strcmp(s.how, "gone") && --left);
  if (!left) return fail(EIO);
  char name[64];
  snprintf(name, sizeof name, "%s/%u", s.format, picture);
  memset(bytes, 0, sizeof bytes);
  if (read_file(name, bytes, sizeof bytes) < 0) {
    picture = 0;
    snprintf(name, sizeof name, "%s/0", s.format);
    if (read_file(name, bytes, sizeof bytes) < 0) return fail(EIO);
  }
  if (!strcmp(s.how, "bad")) memset(bytes, 0, 4096);
  int place = waiting[first++ % (BUFFERS * 4)];
  if (pwrite(device, bytes, length(&s), (long)place * ROOM) < 0) return fail(EIO);
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  buffer->index = (unsigned)place;
  buffer->bytesused = buffer->length = length(&s);
  buffer->m.offset = (unsigned)place * ROOM;
  buffer->sequence = picture++;
  buffer->field = V4L2_FIELD_NONE;
  buffer->timestamp.tv_sec = time.tv_sec;
  buffer->timestamp.tv_usec = time.tv_nsec / 1000;
  return 0;
}

static int answer(unsigned long request, void *argument) {
  struct state s = now();
  switch ((unsigned)request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability *caps = argument;
      memset(caps, 0, sizeof *caps);
      strcpy((char *)caps->driver, "attune");
      strcpy((char *)caps->card, "Camera of files");
      strcpy((char *)caps->bus_info, "platform:attune");
      caps->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      caps->capabilities = caps->device_caps | V4L2_CAP_DEVICE_CAPS;
      return 0;
    }
    case VIDIOC_ENUM_FMT: {
      struct v4l2_fmtdesc *format = argument;
      if (format->index || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
      snprintf((char *)format->description, sizeof format->description, "%s", s.format);
      format->pixelformat = code(&s);
      return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
      struct v4l2_frmsizeenum *size = argument;
      if (size->index || size->pixel_format != code(&s)) return fail(EINVAL);
      size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
      size->discrete.width = s.width;
      size->discrete.height = s.height;
      return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
      struct v4l2_frmivalenum *interval = argument;
      if (interval->index) return fail(EINVAL);
      interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
      interval->discrete.numerator = 1;
      interval->discrete.denominator = 10;
      return 0;
    }
    case VIDIOC_S_FMT:
      if (!strcmp(s.how, "busy")) return fail(EBUSY);
      // falls through
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT: {
      struct v4l2_format *format = argument;
      if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
      describe(&format->fmt.pix, &s);
      return 0;
    }
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
      struct v4l2_streamparm *rate = argument;
      memset(&rate->parm, 0, sizeof rate->parm);
      rate->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
      rate->parm.capture.timeperframe.numerator = 1;
      rate->parm.capture.timeperframe.denominator = 10;
      return 0;
    }
    case VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers *buffers = argument;
      if (!strcmp(s.how, "busy")) return fail(EBUSY);
      if (buffers->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
      if (buffers->count > BUFFERS) buffers->count = BUFFERS;
      first = last = 0;
      return 0;
    }
    case VIDIOC_QUERYBUF: {
      struct v4l2_buffer *buffer = argument;
      if (buffer->index >= BUFFERS) return fail(EINVAL);
      buffer->length = length(&s);
      buffer->m.offset = buffer->index * ROOM;
      return 0;
    }
    case VIDIOC_QBUF:
      waiting[last++ % (BUFFERS * 4)] = (int)((struct v4l2_buffer *)argument)->index;
      return 0;
    case VIDIOC_DQBUF:
      return take_picture(argument);
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
      return 0;
    case VIDIOC_QUERY_EXT_CTRL: {
      struct v4l2_query_ext_ctrl *control = argument;
      if (control->id != V4L2_CID_PRIVACY) return fail(EINVAL);
      memset(control, 0, sizeof *control);
      control->id = V4L2_CID_PRIVACY;
      control->type = V4L2_CTRL_TYPE_BOOLEAN;
      strcpy(control->name, "Privacy");
      control->maximum = control->step = 1;
      control->flags = V4L2_CTRL_FLAG_READ_ONLY;
      return 0;
    }
    case VIDIOC_G_EXT_CTRLS: {
      struct v4l2_ext_controls *controls = argument;
      if (controls->count != 1 || controls->controls->id != V4L2_CID_PRIVACY) return fail(EINVAL);
      controls->controls->value = !strcmp(s.how, "shut");
      return 0;
    }
    default:
      return fail((unsigned)request == VIDIOC_QUERYCTRL ? EINVAL : ENOTTY);
  }
}

long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_ioctl && is_open(a[0])) return answer((unsigned long)a[1], (void *)a[2]);
  return kernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int file, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void *argument = va_arg(more, void *);
  va_end(more);
  if (is_open(file)) return answer(request, argument);
  return (int)kernel(SYS_ioctl, file, (long)request, (long)argument, 0, 0, 0);
}
