/*
 * What the allocator would otherwise take from libstdc++ or libc++ and libm, so
 * that a C linker can link it.
 */
extern "C" {
/* The prefixed functions are not what valgrind replaces. */
int RunningOnValgrind(void) { return 0; }

/* x >= 1; sampling needs no more than a few digits. */
double log2(double x) {
  double whole = 0;
  for (; x >= 2; x /= 2) whole++;
  const double z = (x - 1) / (x + 1), zz = z * z;
  double sum = 0;
  for (int i = 13; i >= 1; i -= 2) sum = sum * zz + 1.0 / i;
  return whole + 2 * z * sum * 1.4426950408889634;
}
}

#ifdef __GLIBCXX__
namespace std {
void __throw_bad_alloc() { abort(); }
void __throw_bad_array_new_length() { abort(); }
void __throw_length_error(const char *) { abort(); }
void __throw_logic_error(const char *) { abort(); }

/*
 * Red-black trees of std::set and std::map. The header node's parent is the
 * root, its left and right the first and last node; the header itself is red.
 */
typedef _Rb_tree_node_base Node;

Node *_Rb_tree_increment(Node *x) throw() {
  if (x->_M_right) {
    x = x->_M_right;
    while (x->_M_left) x = x->_M_left;
    return x;
  }
  Node *up = x->_M_parent;
  while (x == up->_M_right) {
    x = up;
    up = up->_M_parent;
  }
  /* Only if the root is the last node does x end at the header already. */
  return x->_M_right == up ? x : up;
}

Node *_Rb_tree_decrement(Node *x) throw() {
  if (x->_M_color == _S_red && x->_M_parent && x->_M_parent->_M_parent == x)
    return x->_M_right; /* from the header to the last node */
  if (x->_M_left) {
    x = x->_M_left;
    while (x->_M_right) x = x->_M_right;
    return x;
  }
  Node *up = x->_M_parent;
  while (x == up->_M_left) {
    x = up;
    up = up->_M_parent;
  }
  return up;
}

const Node *_Rb_tree_increment(const Node *x) throw() {
  return _Rb_tree_increment(const_cast<Node *>(x));
}
const Node *_Rb_tree_decrement(const Node *x) throw() {
  return _Rb_tree_decrement(const_cast<Node *>(x));
}

namespace GP_NAME(rb_tree) {
inline bool Red(const Node *x) { return x && x->_M_color == _S_red; }

/* Puts y, which may be null, where x hangs. */
inline void Replace(Node *x, Node *y, Node *&root) {
  if (x == root)
    root = y;
  else if (x == x->_M_parent->_M_left)
    x->_M_parent->_M_left = y;
  else
    x->_M_parent->_M_right = y;
  if (y) y->_M_parent = x->_M_parent;
}

template <Node *Node::*Left, Node *Node::*Right>
inline void Rotate(Node *x, Node *&root) {
  Node *y = x->*Right;
  x->*Right = y->*Left;
  if (y->*Left) (y->*Left)->_M_parent = x;
  Replace(x, y, root);
  y->*Left = x;
  x->_M_parent = y;
}

/* One step of repair with x below its grandparent's Left side. */
template <Node *Node::*Left, Node *Node::*Right>
inline Node *AfterInsert(Node *x, Node *&root) {
  Node *grand = x->_M_parent->_M_parent;
  if (Red(grand->*Right)) {
    x->_M_parent->_M_color = _S_black;
    (grand->*Right)->_M_color = _S_black;
    grand->_M_color = _S_red;
    return grand;
  }
  if (x == x->_M_parent->*Right) {
    x = x->_M_parent;
    Rotate<Left, Right>(x, root);
  }
  x->_M_parent->_M_color = _S_black;
  grand->_M_color = _S_red;
  Rotate<Right, Left>(grand, root);
  return x;
}

/* One step of repair: the Left side of up, where x hangs, lacks one black. */
template <Node *Node::*Left, Node *Node::*Right>
inline Node *AfterErase(Node *up, Node *&root) {
  Node *sibling = up->*Right;
  if (Red(sibling)) {
    sibling->_M_color = _S_black;
    up->_M_color = _S_red;
    Rotate<Left, Right>(up, root);
    sibling = up->*Right;
  }
  if (!Red(sibling->*Left) && !Red(sibling->*Right)) {
    sibling->_M_color = _S_red;
    return up;
  }
  if (!Red(sibling->*Right)) {
    (sibling->*Left)->_M_color = _S_black;
    sibling->_M_color = _S_red;
    Rotate<Right, Left>(sibling, root);
    sibling = up->*Right;
  }
  sibling->_M_color = up->_M_color;
  up->_M_color = _S_black;
  (sibling->*Right)->_M_color = _S_black;
  Rotate<Left, Right>(up, root);
  return root;
}
}  // namespace GP_NAME(rb_tree)

void _Rb_tree_insert_and_rebalance(const bool left, Node *x, Node *up, Node &header) throw() {
  using namespace GP_NAME(rb_tree);
  Node *&root = header._M_parent;
  x->_M_parent = up;
  x->_M_left = x->_M_right = nullptr;
  x->_M_color = _S_red;
  if (left) {
    up->_M_left = x; /* of the header, if the tree was empty: x is its first */
    if (up == &header) {
      root = x;
      header._M_right = x;
    } else if (up == header._M_left) {
      header._M_left = x;
    }
  } else {
    up->_M_right = x;
    if (up == header._M_right) header._M_right = x;
  }
  while (x != root && Red(x->_M_parent)) {
    x = x->_M_parent == x->_M_parent->_M_parent->_M_left
            ? AfterInsert<&Node::_M_left, &Node::_M_right>(x, root)
            : AfterInsert<&Node::_M_right, &Node::_M_left>(x, root);
  }
  root->_M_color = _S_black;
}

Node *_Rb_tree_rebalance_for_erase(Node *const gone, Node &header) throw() {
  using namespace GP_NAME(rb_tree);
  Node *&root = header._M_parent;
  if (header._M_left == gone) header._M_left = _Rb_tree_increment(gone);
  if (header._M_right == gone) header._M_right = _Rb_tree_decrement(gone);

  Node *x, *up;
  bool black = gone->_M_color == _S_black;
  if (gone->_M_left && gone->_M_right) {
    Node *next = gone->_M_right;
    while (next->_M_left) next = next->_M_left;
    black = next->_M_color == _S_black;
    x = next->_M_right;
    up = next->_M_parent;
    if (up == gone) {
      up = next;
    } else {
      Replace(next, x, root);
      next->_M_right = gone->_M_right;
      next->_M_right->_M_parent = next;
    }
    Replace(gone, next, root);
    next->_M_left = gone->_M_left;
    next->_M_left->_M_parent = next;
    next->_M_color = gone->_M_color;
  } else {
    x = gone->_M_left ? gone->_M_left : gone->_M_right;
    up = gone->_M_parent;
    Replace(gone, x, root);
  }
  if (black) {
    while (x != root && !Red(x)) {
      x = x == up->_M_left ? AfterErase<&Node::_M_left, &Node::_M_right>(up, root)
                           : AfterErase<&Node::_M_right, &Node::_M_left>(up, root);
      up = x->_M_parent;
    }
    if (x) x->_M_color = _S_black;
  }
  return gone;
}
}  // namespace std
#endif

#ifdef _LIBCPP_VERSION
/* Declared by <version> and whatever includes it, in a namespace that is its ABI's. */
void std::__libcpp_verbose_abort(const char *, ...) _NOEXCEPT { abort(); }
#endif
