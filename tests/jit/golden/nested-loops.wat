(module
 (type $0 (func (param i32 i64) (result i32)))
 (import "e" "m" (memory $mimport$0 1))
 (export "0" (func $0))
 (export "1" (func $1))
 (func $0 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i64)
  (local $19 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (i64.load offset=69672 align=1
    (i32.const 0)
   )
  )
  (local.set $19
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69728 align=1
    (i32.const 0)
   )
  )
  (block $block3
   (loop
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (loop $label
     (block $block4
      (block $block2
       (block $block1
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const 3)
         )
        )
        (local.set $17
         (i64.add
          (local.get $17)
          (local.get $18)
         )
        )
        (local.set $18
         (i64.add
          (local.get $18)
          (i64.const -1)
         )
        )
        (if
         (i64.ne
          (local.get $18)
          (i64.const 0)
         )
         (then
          (br $block1)
         )
        )
        (br $block2)
       )
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 3)
        )
       )
       (local.set $17
        (i64.add
         (local.get $17)
         (local.get $18)
        )
       )
       (local.set $18
        (i64.add
         (local.get $18)
         (i64.const -1)
        )
       )
       (if
        (i64.ne
         (local.get $18)
         (i64.const 0)
        )
        (then
         (@metadata.code.branch_hint "\00")
         (if
          (i32.lt_s
           (local.get $2)
           (i32.const 9)
          )
          (then
           (local.set $10
            (i64.add
             (local.get $1)
             (i64.const 4)
            )
           )
           (br $block3)
          )
         )
         (local.set $0
          (i32.const 0)
         )
         (br $label)
        )
       )
       (br $block2)
      )
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 2)
       )
      )
      (local.set $19
       (i64.add
        (local.get $19)
        (i64.const 1)
       )
      )
      (br $block4)
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 1)
      )
     )
     (local.set $18
      (i64.add
       (i64.const 0)
       (i64.const 3)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.lt_s
       (local.get $2)
       (i32.const 9)
      )
      (then
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 4)
        )
       )
       (br $block3)
      )
     )
     (local.set $0
      (i32.const 0)
     )
     (br $label)
    )
   )
  )
  (i64.store offset=69672 align=1
   (i32.const 0)
   (local.get $18)
  )
  (i64.store offset=69712 align=1
   (i32.const 0)
   (local.get $19)
  )
  (i64.store offset=69728 align=1
   (i32.const 0)
   (local.get $17)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
 (func $1 (param $0 i32) (param $1 i64) (result i32)
  (local $2 i32)
  (local $3 i32)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i32)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (local $15 f64)
  (local $16 f64)
  (local $17 i64)
  (local $18 i64)
  (local $19 i64)
  (local.set $2
   (i32.load offset=70412 align=1
    (i32.const 0)
   )
  )
  (local.set $3
   (i32.load offset=70416 align=1
    (i32.const 0)
   )
  )
  (local.set $4
   (i32.load offset=70492 align=1
    (i32.const 0)
   )
  )
  (local.set $17
   (i64.load offset=69672 align=1
    (i32.const 0)
   )
  )
  (local.set $19
   (i64.load offset=69712 align=1
    (i32.const 0)
   )
  )
  (local.set $18
   (i64.load offset=69728 align=1
    (i32.const 0)
   )
  )
  (block $block4
   (loop
    (block $block
     (br_table $block
      (local.get $0)
     )
    )
    (loop $label1
     (block $block3
      (block $block1
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 1)
        )
       )
       (local.set $17
        (i64.add
         (i64.const 0)
         (i64.const 3)
        )
       )
       (br $block1)
      )
      (loop $label
       (block $block2
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const 3)
         )
        )
        (local.set $18
         (i64.add
          (local.get $18)
          (local.get $17)
         )
        )
        (local.set $17
         (i64.add
          (local.get $17)
          (i64.const -1)
         )
        )
        (if
         (i64.ne
          (local.get $17)
          (i64.const 0)
         )
         (then
          (br $block2)
         )
        )
        (br $block3)
       )
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 3)
        )
       )
       (local.set $18
        (i64.add
         (local.get $18)
         (local.get $17)
        )
       )
       (local.set $17
        (i64.add
         (local.get $17)
         (i64.const -1)
        )
       )
       (if
        (i64.ne
         (local.get $17)
         (i64.const 0)
        )
        (then
         (@metadata.code.branch_hint "\00")
         (if
          (i32.lt_s
           (local.get $2)
           (i32.const 9)
          )
          (then
           (local.set $10
            (i64.add
             (local.get $1)
             (i64.const 4)
            )
           )
           (br $block4)
          )
         )
         (br $label)
        )
       )
       (br $block3)
      )
     )
     (local.set $2
      (i32.sub
       (local.get $2)
       (i32.const 2)
      )
     )
     (local.set $19
      (i64.add
       (local.get $19)
       (i64.const 1)
      )
     )
     (@metadata.code.branch_hint "\00")
     (if
      (i32.lt_s
       (local.get $2)
       (i32.const 9)
      )
      (then
       (local.set $10
        (i64.add
         (local.get $1)
         (i64.const 0)
        )
       )
       (br $block4)
      )
     )
     (local.set $0
      (i32.const 0)
     )
     (br $label1)
    )
   )
  )
  (i64.store offset=69672 align=1
   (i32.const 0)
   (local.get $17)
  )
  (i64.store offset=69712 align=1
   (i32.const 0)
   (local.get $19)
  )
  (i64.store offset=69728 align=1
   (i32.const 0)
   (local.get $18)
  )
  (i32.store offset=70412 align=1
   (i32.const 0)
   (local.get $2)
  )
  (i64.store offset=70144 align=1
   (i32.const 0)
   (local.get $10)
  )
  (local.get $7)
 )
)
